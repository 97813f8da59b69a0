#!/bin/sh
# One plan twice: carried out by a real server for two thousand real agents
# over HTTP, and simulated. Releases that fail on three devices in ten halt in
# both, after as many failed devices, give or take what so few rounds differ by
# chance: three standard errors, by the spread that the simulation has. That of
# the rounds themselves will not do: rounds that happen to be few are also
# alike. A healthy release completes in both.
. "${top_srcdir:?}/tests/story/lib.sh"

devices=2000
rounds=10
poll_s=2
hw=rev-a,rev-b,rev-c
regions=eu,us,jp
repo=$work/repo
data=$work/data
seed=1

# ---- The server and the fleet ----

serve() {
	start pawld pawld --set data_dir="$data" \
		--set online_keys="$repo/online" --set listen=127.0.0.1:0 \
		--set ops_listen=127.0.0.1:0 --set poll_after=${poll_s}s
	within 20 grep -q 'operations on port' "$work/pawld.log" || return 1
	port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
		"$work/pawld.log")
	PAWL_SERVER=http://127.0.0.1:$port
	export PAWL_SERVER
}
release() { # VERSION: an image of its own
	printf 'image %s\n' "$1" >"$work/$1.fw"
	head -c 20000 /dev/zero >>"$work/$1.fw"
	pawl-repo -C "$repo" release add "$work/$1.fw" -q -p coat -V "$1" \
		--name firmware.fw --hw "$hw" >/dev/null
}
sha_of() {
	sha256sum "$work/$1.fw" | cut -d ' ' -f 1
}
plan() { # ID, VERSION
	pawl-repo -C "$repo" plan add -q -p coat -i "$1" -r "$2" \
		--channels production --regions "$regions" --start 0s \
		--stages "5%:10s,25%:10s,100%:4m" --soft 60s --hard 120s \
		>/dev/null
}
fleet() { # jq expression over its status
	jq -r "$1" "$work/fleet.json" 2>/dev/null || echo 0
}
begin_fleet() {
	set -- --devices "$devices" --seed "$seed" --threads 4 \
		--server "$PAWL_SERVER" --poll-min "$poll_s" \
		--batch-token-file "$work/batch.token" --repo "$repo_id" \
		--root "$repo/metadata/1.root.json" --product coat \
		--hw "$hw" --regions "$regions" --channels production \
		--image "$work/0.9.0.fw" --state "$work/flash" \
		--status "$work/fleet.json"
	for i in $(seq "$rounds"); do
		set -- "$@" --bad "$(sha_of "1.0.$i")=*/*:30"
	done
	mkdir "$work/flash"
	start fleet pawl-fleet "$@"
}
enrolled() {
	[ "$(fleet ".enrolled == $devices and .polls >= $devices")" = true ]
}
carry_out() { # ID: to its end; its answer in $out
	run pawlctl rollout start "$1" --reason "a measurement" --json ||
		return 1
	key=$(jq -r .key "$out")
	for _ in $(seq 200); do
		run pawlctl rollout show "$key" --json || return 1
		case "$(jq -r .state "$out")" in
		halted | completed) break ;;
		esac
		sleep 2
	done
	# What was under way may still fail.
	sleep $((3 * poll_s))
	run pawlctl rollout show "$key" --json
}

# ---- The same, simulated ----

simulated() { # failing ppm: the forecast's answer in $out
	jq -n --argjson n "$devices" --argjson fail "$1" \
		--argjson poll "$poll_s" --arg hw "$hw" --arg regions "$regions" '
		{download_s: 1, boot_s: 1, cells: [
			($hw | split(","))[] as $h |
			($regions | split(","))[] as $r |
			{hw: $h, region: $r, poll_s: $poll,
			 devices: ($n / 9 | floor), fail_ppm: $fail,
			 brick_ppm: 0, silent_ppm: 0}]}' >"$work/sim-fleet.json"
	run pawl-sim plan "$repo/targets/plan/coat/$2.1.json" \
		--fleet "$work/sim-fleet.json" --runs 400 --seed 1 --json
}

mkdir "$work/keys"
release_all() {
	for v in 0.9.0 $(seq -f '1.0.%g' "$rounds") 1.1.0; do
		release "$v" || return 1
	done
}
make_repo "$repo" >/dev/null && release_all && sign_all "$repo"
check "a repository with $rounds releases that fail and one that does not" $?
repo_id=$(pawl-repo -C "$repo" show --json | jq -r .repo)
(umask 077 && pawld --set data_dir="$data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
works "a server" serve
works "the releases are published" pawlctl publish "$repo" --reason releases
works "leave to enrol" pawlctl batch new all --product coat --hw "$hw" \
	--region "$regions" --channel production --quota "$devices" \
	--expires 1d --reason "a fleet" --out "$work/batch.token"
begin_fleet
works "$devices agents enrol" within 120 enrolled

for i in $(seq "$rounds"); do
	plan "try-$i" "1.0.$i" && sign_all "$repo" &&
		run pawlctl publish "$repo" --reason "try $i"
	check "plan $i is published" $?
	carry_out "try-$i"
	failed_now=$(jq .counts.failed "$out")
	echo "# over HTTP, release 1.0.$i: $(jq -r .state "$out"), $failed_now failed"
	[ "$(jq -r .state "$out")" = halted ]
	check "release 1.0.$i halts everywhere" $?
	echo "$failed_now" >>"$work/failed"
done
simulated 300000 try-1
check "the simulation runs" $?
echo "# simulated: halted in $(jq .p_halt "$out") of runs, $(jq .mean_failed "$out") failed"
jq -e '.p_halt == 1' "$out" >/dev/null
check "the simulation halts always, too" $?
# The interval is that of the mean of 400 runs.
jq -s 'add / length' "$work/failed" >"$work/real"
jq --argjson rounds "$rounds" '(.mean_failed_95 | .[1] - .[0]) / (2 * 1.96) *
	(400 / $rounds | sqrt)' "$out" >"$work/error"
echo "# over HTTP: $(cat "$work/real") failed, standard error $(cat "$work/error")"
jq -e --argjson real "$(cat "$work/real")" \
	--argjson error "$(cat "$work/error")" \
	'(.mean_failed - $real | fabs) <= 3 * $error' "$out" >/dev/null
check "over HTTP as many failed as in the simulation, but for chance" $?

plan well 1.1.0 && sign_all "$repo" && run pawlctl publish "$repo" --reason well
check "a plan for the healthy release" $?
carry_out well
[ "$(jq -r '"\(.state) \(.counts.failed) \(.halts | length)"' "$out")" = \
	"completed 0 0" ]
check "it completes over HTTP and halts nothing" $?
simulated 0 well
jq -e '.p_complete == 1 and .p_halt == 0' "$out" >/dev/null
check "and in the simulation" $?
story_end
