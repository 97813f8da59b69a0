#!/bin/sh
# Devices that are two releases behind step on the one between; then the last
# one is bad and is called back, and devices go back that run it, no others.
# A recall never lowers a security counter. The real programs throughout.
. "${top_srcdir:?}/tests/story/lib.sh"

repo=$work/repo
data=$work/data

serve() {
	start pawld pawld --set data_dir="$data" \
		--set online_keys="$work/keys" --set listen=127.0.0.1:0 \
		--set ops_listen=127.0.0.1:0
	within 20 grep -q 'operations on port' "$work/pawld.log" || return 1
	port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
		"$work/pawld.log")
	PAWL_SERVER=http://127.0.0.1:$port
	export PAWL_SERVER
}
release() { # version option…
	version=$1
	shift
	echo "firmware $version" >"$work/$version.bin"
	pawl-repo -C "$repo" release add "$work/$version.bin" -q -p coat \
		-V "$version" --hw a7 --region eu,us "$@" >/dev/null
}
plan() { # id version option…
	id=$1
	version=$2
	shift 2
	pawl-repo -C "$repo" plan add -q -p coat -i "$id" -r "$version" \
		--channels canary --stages "100%:1h" "$@" >/dev/null
}
publish() {
	sign_all "$repo" && pawlctl publish "$repo" -q -r story >/dev/null
}

# One folder a device: ID, its region.
id_of() {
	printf '%032x' "$1"
}
device_is_made() { # number region
	d=$work/device.$1
	mkdir "$d" && printf 'firmware 1.0.0\n' >"$d/factory.img" &&
		cp "$repo/metadata/1.root.json" "$d/root.json" || return 1
	(umask 077 && cat >"$d/provision.json") <<JSON
{"schema": "pawl-device/1", "id": "$(id_of "$1")", "product": "coat",
 "hw": "a7", "region": "$2", "channel": "canary", "repo": "$repo_id",
 "root": "root.json", "clock": "rtc", "server": "$PAWL_SERVER",
 "batch_token": "$(cat "$work/batch")",
 "image": {"file": "factory.img", "length": 15, "version": "1.0.0",
           "sha256": "$(sha256sum <"$d/factory.img" | cut -d' ' -f1)",
           "counter": 1, "built": "2026-01-01T00:00:00Z"}}
JSON
}
poll() { # number: power on, and once more, so that it tells what runs
	for _ in 1 2; do
		pawl-device --provision "$work/device.$1/provision.json" \
			--state "$work/device.$1/state" --once --verbose \
			>>"$work/device.$1/log" 2>&1 || return 1
	done
}
# What the server was told last.
tells() { # number version [counter]
	pawlctl device show "$(id_of "$1")" --json |
		jq -e --arg v "$2" --argjson c "${3:-1}" \
			'.running.version == $v and .running.counter == $c' \
			>/dev/null
}
runs() { # number version [counter]
	poll "$1" && tells "$@"
}

# --- A repository, a server, three devices on 1.0.0 ---------------------------
make_repo "$repo" && release 1.5.0 --counter 1 &&
	release 2.0.0 --from 1.5.0..1.9.9 && sign_all "$repo" &&
	plan middle 1.5.0 --regions eu,us && plan top 2.0.0 --regions eu &&
	sign_all "$repo" && cp -a "$repo/online" "$work/keys"
check "a signed repository" $?
repo_id=$(pawl-repo -C "$repo" show --json | jq -r .repo)
(umask 077 && pawld --set data_dir="$data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
serve
check "the server starts" $?
works "it takes the repository" pawlctl publish "$repo" -q -r first
works "a batch lets devices in" pawlctl batch new story --product coat \
	--hw a7 --region eu,us --channel canary --quota 9 --out "$work/batch"
device_is_made 1 eu && device_is_made 2 eu && device_is_made 3 us
check "three devices are made" $?
runs 1 1.0.0 && runs 2 1.0.0 && runs 3 1.0.0
check "they run 1.0.0" $?

# --- The stepping stone -------------------------------------------------------
works "1.5.0 is rolled out" pawlctl rollout start middle -q -r story
works "and 2.0.0, which goes over 1.5.0 only" \
	pawlctl rollout start top -q -r story
works "why is asked" pawlctl why "$(id_of 1)"
says "start 1.5.0 with plan middle.1 first: 2.0.0 is installed over 1.5.0"
poll 1 && poll 3 && runs 3 1.5.0
check "a device of 1.0.0 gets 1.5.0, and then 2.0.0" $?
poll 2 && runs 1 2.0.0 && runs 2 2.0.0
check "where it is rolled out, devices run 2.0.0" $?
runs 3 1.5.0
check "elsewhere they stay on 1.5.0" $?

# --- It is called back --------------------------------------------------------
plan back 1.5.0 --regions eu,us --kind recall --from 2.0.0 && publish
check "a recall is signed and published" $?
refused "it does not stand beside the install" 5 "recall_conflict" \
	pawlctl rollout start back -q -r story
works "the install is halted" pawlctl rollout halt 2 -q -r "it is bad"
works "now the recall starts" pawlctl rollout start back -q -r story
pawl-get --metadata-dir "$work/store" init "$repo/metadata/1.root.json" \
	2>/dev/null
pawl-get --metadata-dir "$work/store" --metadata-url "$PAWL_SERVER/metadata" \
	--target-base-url "$PAWL_SERVER/targets" --target-dir "$work/got" \
	--target-name rollout/coat/canary.json download >"$out" 2>"$err" &&
	jq -e '.rules[0].plan == "plan/coat/back.1.json"' "$(cat "$out")" \
		>/dev/null
check "the state lists the recall first" $?
runs 1 1.5.0 && runs 2 1.5.0
check "devices that ran 2.0.0 go back to 1.5.0" $?
runs 3 1.5.0
check "the other one is untouched" $?
pawlctl rollout show 3 --json | jq -e '.counts.confirmed == 2' >/dev/null
check "the recall counts the two" $?

# --- Forward, with a counter, and no way back ---------------------------------
release 2.0.1 --counter 2 && plan fix 2.0.1 --regions eu,us && publish
check "a mended release raises the counter" $?
works "it is rolled out" pawlctl rollout start fix -q -r story
runs 1 2.0.1 2 && runs 3 2.0.1 2
check "devices run 2.0.1 and keep the counter" $?
plan home 1.5.0 --regions eu,us --kind recall --from 2.0.1 && publish
check "a recall below the counter is signed" $?
works "the mended release is halted" pawlctl rollout halt 4 -q -r story
works "the recall starts" pawlctl rollout start home -q -r story
for n in 1 3; do
	refused "device $n refuses" 3 \
		"release 1.5.0 has 1, stored is 2 (counter_low)" \
		pawl-device --provision "$work/device.$n/provision.json" \
		--state "$work/device.$n/state" --once
done
poll 1
poll 3
tells 1 2.0.1 2 && tells 3 2.0.1 2
check "no device goes back below its counter" $?
works "why is asked again" pawlctl why "$(id_of 1)"
says "the security counter would go back"
story_end
