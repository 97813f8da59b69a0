#!/bin/sh
# A data folder on a disk that fills up while devices report: nothing
# acknowledged is lost, a halt still takes effect, /readyz says what is wrong,
# and all is well again when there is room. Needs leave to mount a tmpfs.
. "${top_srcdir:?}/tests/story/lib.sh"

disk=$work/disk
mkdir "$disk"
if ! mount -t tmpfs -o size=24m none "$disk" 2>/dev/null; then
	check "a full disk: left out, mounting is not permitted here" 0
	story_end
fi
trap 'umount -l "$disk"; story_cleanup' EXIT

repo=$work/repo
data=$disk/data

serve() {
	rm -f "$work/pawld.log"
	start pawld pawld --set data_dir="$data" \
		--set online_keys="$repo/online" --set listen=127.0.0.1:0 \
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
ready() {
	curl -s -m 5 "http://127.0.0.1:$ops/readyz"
}
post() { # path, token, body: the status; the answer is in $work/answer
	curl -s -m 10 -o "$work/answer" -w '%{http_code}' -X POST \
		-H "Authorization: Bearer $2" --data-binary "$3" \
		"http://127.0.0.1:$port$1"
}

echo "firmware" >"$work/fw.bin"
make_repo "$repo" >/dev/null && pawl-repo -C "$repo" release add \
	"$work/fw.bin" -q -p coat -V 1.0.0 --hw a7 >/dev/null &&
	pawl-repo -C "$repo" plan add -q -p coat -i spring -r 1.0.0 \
		--channels canary --regions eu,us --stages "100%:1h" \
		>/dev/null && sign_all "$repo"
check "a signed repository" $?
(umask 077 && pawld --set data_dir="$data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
serve
check "the server starts" $?
works "it takes the repository" pawlctl publish "$repo" -q -r first
works "and leave to enrol" pawlctl batch new story -q -p coat --hw a7 \
	--region eu,us --channel canary -n 100 -o "$work/batch"
works "a rollout starts" pawlctl rollout start spring -q -r story
id=00000000000000000000000000000001
post /v1/enrol none "{\"batch_token\":\"$(cat "$work/batch")\",
	\"product\":\"coat\",\"hw\":\"a7\",\"region\":\"eu\",
	\"channel\":\"canary\",\"id\":\"$id\"}" >/dev/null
device=$(jq -r .token "$work/answer")
running=1111111111111111111111111111111111111111111111111111111111111111

# seq, how many items: the status of one report.
report() {
	items=$(seq "$1" $(($1 + $2 - 1)) | sed "s/.*/{\"seq\":&,\
\"attempt\":null,\"plan\":null,\"image\":null,\"step\":\"started\",\
\"code\":\"\",\"running\":\"$running\",\"counter\":1}/" | paste -sd,)
	post /v1/reports "$device" \
		"{\"v\":1,\"id\":\"$id\",\"items\":[$items]}"
}

# --- It fills up ----------------------------------------------------------
head -c 100m /dev/zero >"$disk/filler" 2>/dev/null
acked=0 seq=1 full=no
while [ "$seq" -lt 40000 ]; do
	status=$(report "$seq" 16)
	if [ "$status" != 200 ]; then
		full=$status
		break
	fi
	acked=$((acked + 16))
	seq=$((seq + 16))
done
[ "$full" = 507 ] || [ "$full" = 503 ]
check "a report that cannot be stored is told so: $full" $?
ready | grep -q disk_full
check "/readyz says disk_full" $?
works "a halt takes effect all the same" pawlctl rollout halt 1 -q \
	--hw a7 --region eu -r smoke
pawlctl rollout show 1 --json | jq -e '[.cells[] | select(.halted)] |
	length == 1' >/dev/null
check "and is seen" $?
status=$(curl -s -m 5 -o "$work/ts" -w '%{http_code}' \
	"http://127.0.0.1:$port/metadata/timestamp.json")
[ "$status" = 200 ]
check "devices still read what is signed" $?

# --- A crash with a full disk, then room ----------------------------------
kill -9 "$pawld"
wait "$pawld" 2>/dev/null
rm -f "$disk/filler"
serve
check "it starts again when there is room" $?
within 20 sh -c "curl -s -m 5 http://127.0.0.1:$ops/readyz |
	grep -q '\"ready\":true'"
check "/readyz is green again" $?
pawlctl rollout show 1 --json | jq -e '[.cells[] | select(.halted)] |
	length == 1' >/dev/null
check "the halt is there" $?
status=$(report "$seq" 16)
[ "$status" = 200 ]
check "reports are taken again" $?
acked=$((acked + 16))
kill "$pawld"
wait "$pawld" 2>/dev/null
stored=$(/usr/bin/python3 -c 'import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
print(db.execute("SELECT count(*) FROM reports").fetchone()[0])' \
	"$data/pawl.db")
[ "$stored" = "$acked" ]
check "stored ($stored) is what was acknowledged ($acked)" $?
story_end
