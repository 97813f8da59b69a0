#!/bin/sh
# kill -9 again and again while devices report, a rollout runs and files are
# published. What was acknowledged is stored, once; versions never go back;
# a halted cell stays halted.
. "${top_srcdir:?}/tests/story/lib.sh"

repo=$work/repo
data=$work/data
rounds=8

serve() {
	rm -f "$work/pawld.log" # the one before says another port
	start pawld pawld --set data_dir="$data" \
		--set online_keys="$repo/online" --set listen=127.0.0.1:0 \
		--set ops_listen=off
	pawld=$started
	within 20 grep -q 'serving on port' "$work/pawld.log" || return 1
	port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
		"$work/pawld.log")
	PAWL_SERVER=http://127.0.0.1:$port
	export PAWL_SERVER
	echo "$port" >"$work/port.new" && mv "$work/port.new" "$work/port"
}

crash() {
	kill -9 "$pawld"
	wait "$pawld" 2>/dev/null
}

# Devices that go on whatever happens to the server. They write down what
# they tried to report, what was acknowledged, and every version they were
# told.
cat >"$work/devices.py" <<'PYTHON'
import http.client, json, os, sys, threading, time

work, plan, release, token = sys.argv[1:5]
DEVICES = 32
OLD = "1" * 64
lock = threading.Lock()
log = {"attempted": {}, "acked": {}, "back": 0, "granted": 0, "halted": 0}
newest = 0


def ask(path, body, auth=None):
    """(status, answer), or None when nobody is there."""
    try:
        port = int(open(f"{work}/port").read())
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        head = {"Authorization": f"Bearer {auth}"} if auth else {}
        c.request("POST", path, json.dumps(body), head)
        r = c.getresponse()
        return r.status, json.loads(r.read())
    except (OSError, ValueError, http.client.HTTPException):
        time.sleep(0.02)
        return None


class Device:
    def __init__(self, n):
        self.id = f"{n + 1:032x}"
        self.cell = ("a7", "b2")[n % 2], ("eu", "us")[n // 2 % 2]
        self.token, self.ts, self.seq, self.outbox = None, 0, 0, []
        self.attempt, self.running, self.done = None, OLD, False
        log["attempted"][self.id], log["acked"][self.id] = [], []

    def enrol(self):
        got = ask("/v1/enrol", {
            "batch_token": token, "product": "coat", "hw": self.cell[0],
            "region": self.cell[1], "channel": "canary", "id": self.id})
        if got and got[0] == 201:
            self.token = got[1]["token"]

    def checkin(self, want):
        global newest
        seen = newest
        got = ask("/v1/checkin", {
            "v": 1, "nonce": "n", "root": 1, "ts": self.ts,
            "running": {"sha256": self.running, "counter": 1,
                        "version": "0.9.0" if self.running == OLD
                        else "1.0.0"},
            "want": want, "plan": plan if want else None,
            "attempt": self.attempt}, self.token)
        if not got or got[0] != 200:
            return None
        self.ts = got[1]["ts"]
        with lock:
            log["back"] += self.ts < seen
            newest = max(newest, self.ts)
            log["halted"] += got[1]["why"]["code"] == "halted"
        return got[1]["grant"]

    def note(self, step):
        self.seq += 1
        self.outbox.append({
            "seq": self.seq, "attempt": self.attempt, "plan": plan,
            "image": release, "step": step, "code": "",
            "running": self.running, "counter": 1})

    def send(self):
        items = self.outbox[:16]
        if not items:
            return
        log["attempted"][self.id] += [i["seq"] for i in items]
        got = ask("/v1/reports", {"v": 1, "id": self.id, "items": items},
                  self.token)
        if got and got[0] == 200:
            log["acked"][self.id] += got[1]["ack"]
            self.outbox = [i for i in self.outbox
                           if i["seq"] not in got[1]["ack"]]

    def update(self):
        if self.attempt is None:
            grant = self.checkin("start")
            if not grant:
                return
            self.attempt = grant["attempt"]
            log["granted"] += 1
            self.note("downloaded")
            if self.cell == ("a7", "eu"):
                self.note("failed")
                self.attempt, self.done = None, True
                return
        elif self.checkin("activate"):
            self.running = release
            self.note("confirmed")
            self.attempt, self.done = None, True

    def turn(self):
        if self.token is None:
            return self.enrol()
        if not self.done:
            self.update()
        if len(self.outbox) < 4:
            attempt, self.attempt = self.attempt, None
            self.note("started")
            self.attempt = attempt
        self.send()


def live(devices):
    while not os.path.exists(f"{work}/stop"):
        for d in devices:
            d.turn()
    while any(d.outbox for d in devices) and not os.path.exists(
            f"{work}/now"):
        for d in devices:
            d.send()


devices = [Device(n) for n in range(DEVICES)]
threads = [threading.Thread(target=live, args=(devices[i::4],))
           for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
json.dump(log, open(f"{work}/devices.json", "w"))
PYTHON

# Compares the devices' notes with the database.
cat >"$work/compare.py" <<'PYTHON'
import json, sqlite3, sys

log = json.load(open(sys.argv[1]))
db = sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True)
stored = {}
for device, seq in db.execute(
        "SELECT d.id, r.seq FROM reports r JOIN devices d ON d.key = r.device"
        " WHERE NOT r.late"):
    if isinstance(device, bytes):
        device = device.hex()
    stored.setdefault(device, []).append(seq)
lost = twice = unasked = total = 0
for device, acked in log["acked"].items():
    have = stored.get(device, [])
    lost += len(set(acked) - set(have))
    twice += len(have) - len(set(have))
    unasked += len(set(have) - set(log["attempted"][device]))
    total += len(set(acked))
print(json.dumps({"lost": lost, "twice": twice, "unasked": unasked,
                  "acked": total}))
PYTHON

# --- Set up ---------------------------------------------------------------
echo "firmware" >"$work/fw.bin"
make_repo "$repo" >/dev/null && pawl-repo -C "$repo" release add \
	"$work/fw.bin" -q -p coat -V 1.0.0 --hw a7,b2 >/dev/null &&
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
works "and leave to enrol" pawlctl batch new story -q -p coat --hw a7,b2 \
	--region eu,us --channel canary -n 100 -o "$work/batch"
plan=$(sha256sum "$repo/targets/plan/coat/spring.1.json" | cut -d' ' -f1)
release=$(sha256sum "$work/fw.bin" | cut -d' ' -f1)
start devices /usr/bin/python3 "$work/devices.py" "$work" "$plan" "$release" \
	"$(cat "$work/batch")"
devices=$started
sleep 1
works "a rollout starts" pawlctl rollout start spring -q -r story

# --- Again and again ------------------------------------------------------
halted() {
	pawlctl rollout show 1 --json | jq -e '[.cells[] | select(.hw == "a7"
		and .region == "eu")][0].halted' >/dev/null
}
timestamp() {
	pawlctl status --json | jq -r .timestamp_version
}

back=0 unhalted=0 was_halted=no last=0 published=0
i=0
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	case $i in
	2 | 4 | 6)
		# A publish in the middle: the same content, the next version.
		pawl-repo -C "$repo" renew releases.coat -q >/dev/null 2>&1
		sign_all "$repo"
		pawlctl publish "$repo" -q -r "round $i" >/dev/null 2>&1 &
		publish=$!
		sleep "0.0$i"
		;;
	*) publish= && sleep "0.$((i * 7 % 10))" ;;
	esac
	crash
	[ -z "$publish" ] || wait "$publish"
	if ! serve; then
		check "it comes back after crash $i" 1
		tail -n 5 "$work/pawld.log"
		break
	fi
	now=$(timestamp)
	[ "${now:-0}" -ge "$last" ] 2>/dev/null || back=$((back + 1))
	last=${now:-$last}
	if halted; then
		was_halted=yes
	elif [ "$was_halted" = yes ]; then
		unhalted=$((unhalted + 1))
	fi
	sleep 0.5
done
check "it came back after each of $rounds crashes" $((i != rounds))
check "its versions never went back" $((back != 0))
within 50 halted
check "the broken cell is halted in the end" $?
crash
serve
halted
check "the halt stands after one more crash" $?
check "once halted it stayed halted" $((unhalted != 0))
pawlctl rollout show 1 --json | jq -e '[.cells[] | select(.halted)] |
	length == 1' >/dev/null
check "no other cell is halted" $?
works "a publish that was cut off can be repeated" pawlctl publish "$repo" \
	-q -r again

# --- The count ------------------------------------------------------------
touch "$work/stop"
within 100 sh -c "! kill -0 $devices" || touch "$work/now"
wait "$devices"
crash
/usr/bin/python3 "$work/compare.py" "$work/devices.json" "$data/pawl.db" \
	>"$work/count"
tell() {
	jq -e "$1" "$2" >/dev/null
	status=$?
	check "$3" "$status"
	[ "$status" -eq 0 ] || cat "$work/count"
}
tell '.acked > 100' "$work/count" "devices reported all the time"
tell '.lost == 0' "$work/count" "nothing acknowledged is lost"
tell '.twice == 0' "$work/count" "nothing is stored twice"
tell '.unasked == 0' "$work/count" "nothing is stored that nobody sent"
tell '.back == 0' "$work/devices.json" "no device was told an older version"
tell '.granted > 8' "$work/devices.json" "devices were granted their updates"
story_end
