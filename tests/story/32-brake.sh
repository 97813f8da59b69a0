#!/bin/sh
# The online keys are gone: the server starts all the same, a plain client
# verifies that everything is on hold, halts are taken, and with the keys back
# what is true is signed within seconds. Then the data folder comes back from
# an old backup, and the witness file remembers.
. "${top_srcdir:?}/tests/story/lib.sh"

repo=$work/repo
data=$work/data
witness=$work/witness
keys=$work/keys

serve() {
	rm -f "$work/pawld.log"
	start pawld pawld --set data_dir="$data" --set online_keys="$keys" \
		--set witness_file="$witness" --set listen=127.0.0.1:0 \
		--set ops_listen=127.0.0.1:0
	pawld=$started
	within 20 grep -q 'operations on port' "$work/pawld.log" || return 1
	port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
		"$work/pawld.log")
	ops=$(sed -n 's/.*operations on port \([0-9]*\).*/\1/p' \
		"$work/pawld.log")
	PAWL_SERVER=http://127.0.0.1:$port
	export PAWL_SERVER
}
stop() { # signal
	kill "-$1" "$pawld"
	wait "$pawld" 2>/dev/null
}
ready() {
	curl -s -m 5 "http://127.0.0.1:$ops/readyz"
}
# What a plain client, verifying all of it, reads as the state.
follow() {
	rm -rf "$work/got"
	pawl-get --metadata-dir "$work/store" \
		--metadata-url "$PAWL_SERVER/metadata" \
		--target-base-url "$PAWL_SERVER/targets" \
		--target-dir "$work/got" \
		--target-name rollout/coat/canary.json download >"$out" \
		2>"$err" && jq -e "$1" "$(cat "$out")" >/dev/null
}
in_hold='.rules | length == 1 and all(.[]; .run == "hold")'
in_go='.rules | length == 1 and all(.[]; .run == "go")'
halted='.rules[0].halted | length == 1'

echo "firmware" >"$work/fw.bin"
make_repo "$repo" >/dev/null && pawl-repo -C "$repo" release add \
	"$work/fw.bin" -q -p coat -V 1.0.0 --hw a7 >/dev/null &&
	pawl-repo -C "$repo" plan add -q -p coat -i spring -r 1.0.0 \
		--channels canary --regions eu,us --stages "100%:1h" \
		>/dev/null && sign_all "$repo" && cp -a "$repo/online" "$keys"
check "a signed repository" $?
root=$(find "$repo" -name 1.root.json | head -n 1)
works "a client begins with root 1" pawl-get --metadata-dir "$work/store" \
	init "$root"
(umask 077 && pawld --set data_dir="$data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
refused "a word too many is no command" 2 "'$work/copy' is one word too many" \
	pawld --set data_dir="$data" verify-history "$work/copy"
serve
check "the server starts" $?
works "it takes the repository" pawlctl publish "$repo" -q -r first
works "a rollout starts" pawlctl rollout start spring -q -r story
follow "$in_go"
check "the client reads go" $?

# --- Without the keys -----------------------------------------------------
stop KILL
cp -a "$data" "$work/backup"
mv "$keys" "$keys.away"
serve
check "the server starts without its keys" $?
follow "$in_hold"
check "the client verifies that everything is on hold" $?
ready | jq -e '.ready == false and (.trouble | contains(["signer", "held"]))
	and any(.advice[]; contains("online keys"))' >/dev/null
check "/readyz says what is wrong and who must act" $?
works "a halt is taken" pawlctl rollout halt 1 -q --hw a7 --region eu -r smoke
mv "$keys.away" "$keys"
within 20 follow "$halted"
check "with the keys back it is signed, and nobody restarted anything" $?
follow "$in_go"
check "and the rest goes on" $?
ready | jq -e .ready >/dev/null
check "/readyz is green" $?

# --- What it tells --------------------------------------------------------
curl -s -m 5 "http://127.0.0.1:$ops/metrics" |
	grep -q '^pawl_role_expiry_seconds{role="rollout.coat"} [1-9]'
check "/metrics has the seconds to each expiry" $?
refused "a clock that is right is not confirmed" 5 "not in doubt" \
	pawlctl clock confirm -y -r story

# --- An old backup --------------------------------------------------------
stop TERM
mv "$data" "$data.dead"
cp -a "$work/backup" "$data"
serve
check "the server starts from an old backup" $?
ready | jq -e '.trouble | contains(["witness"])' >/dev/null
check "/readyz says that the witness saw more" $?
grep -q 'an older one was restored.*pawld witness accept' "$work/pawld.log"
check "the log says what to do" $?
follow "$in_go"
check "the client is not led back behind the halt" $((! $?))
refused "it is not accepted while the server runs" 1 "stop it first" \
	pawld --set data_dir="$data" --set witness_file="$witness" \
	witness accept --reason story
stop TERM
works "it is accepted" pawld --set data_dir="$data" \
	--set witness_file="$witness" witness accept --reason story
says "1 rollouts are paused"
serve
check "the server starts" $?
follow "$in_hold"
check "the client follows, and the rollout is on hold" $?
ready | jq -e .ready >/dev/null
check "/readyz is green again" $?
story_end
