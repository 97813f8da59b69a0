#!/bin/sh
# doc/ceremonies.md is followed by its own text, command for command, with a
# server that takes every publish and devices that follow; and on the way thieves
# have the online keys and those of a role, and a backup comes back.
. "${top_srcdir:?}/tests/story/lib.sh"

page=${top_srcdir:?}/doc/ceremonies.md
data=$work/data
server_keys=$work/server-keys
export server_keys
repo=$work/desk/repo

# The sh blocks from one heading to the next; "" for those before the first.
blocks() { # heading
	awk -v want="$1" '
		/^```$/ { inside = 0 }
		inside && title == want { print }
		/^## / { title = substr($0, 4) }
		/^```sh$/ { inside = 1 }' "$page"
}

# Every heading with commands below it.
sections() {
	awk '
		/^## / { title = substr($0, 4) }
		/^```sh$/ && title != "" && !(title in seen) {
			seen[title]
			print title
		}' "$page"
}

# Runs a section as a reader would, on top of those before it.
follow() { # heading
	echo "$1" >>"$work/followed"
	blocks "$1" >"$work/section.sh"
	[ -s "$work/section.sh" ] || echo false >"$work/section.sh"
	{
		blocks ""
		cat "$work/section.sh"
	} >"$work/all.sh"
	(cd "$work/desk" && sh -eu "$work/all.sh")
}
followed() { # heading
	works "the page is followed: $1" follow "$1"
}

# --- A server with its configuration, and who starts and stops it ----------
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
PAWL_SERVER=http://127.0.0.1:$port
export PAWL_SERVER
mkdir "$work/bin"
cat >"$work/bin/pawld" <<SHELL
#!/bin/sh
exec "$top_builddir/pawld" --set data_dir="$data" --set ops_listen=off \\
	--set online_keys="$server_keys" --set listen="127.0.0.1:$port" \\
	--set witness_file="$work/witness" "\$@"
SHELL
cat >"$work/bin/systemctl" <<SHELL
#!/bin/sh
tries=200
pid=\$(cat "$work/pawld.pid" 2>/dev/null)
case \$1 in
start)
	pawld >>"$work/pawld.log" 2>&1 &
	echo \$! >"$work/pawld.pid"
	until curl -fs "$PAWL_SERVER/" >/dev/null; do
		[ \$((tries -= 1)) -gt 0 ] || exit 1
		sleep 0.1
	done ;;
stop)
	kill "\$pid"
	# Who has nobody to wait for him stays as a zombie.
	while grep -q '^State:.[^Z]' "/proc/\$pid/status" 2>/dev/null; do
		[ \$((tries -= 1)) -gt 0 ] || exit 1
		sleep 0.1
	done ;;
esac
SHELL
chmod +x "$work/bin/pawld" "$work/bin/systemctl"
PATH=$work/bin:$PATH

start_server() {
	systemctl start pawld
	started=$?
	pids="$pids $(cat "$work/pawld.pid")"
	return $started
}

# --- A device, and a thief on its way to the server ------------------------
# A proxy that passes everything on, but serves what lies in $work/thief in
# place of the server's metadata of that name.
cat >"$work/proxy.py" <<'PYTHON'
import http.server, os, sys, urllib.error, urllib.request

work, server = sys.argv[1:]


class Proxy(http.server.BaseHTTPRequestHandler):
    def answer(self, status, headers, body):
        self.send_response(status)
        for name in ("Content-Type", "Retry-After", "ETag"):
            if headers.get(name):
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self):
        mine = os.path.join(work, "thief", os.path.basename(self.path))
        if self.path.startswith("/metadata/") and os.path.exists(mine):
            return self.answer(200, {}, open(mine, "rb").read())
        n = int(self.headers.get("Content-Length") or 0)
        q = urllib.request.Request(
            server + self.path,
            data=self.rfile.read(n) if n else None, method=self.command)
        for name in ("Authorization", "Content-Type", "Range"):
            if self.headers.get(name):
                q.add_header(name, self.headers[name])
        try:
            r = urllib.request.urlopen(q, timeout=10)
        except urllib.error.HTTPError as e:
            r = e
        self.answer(r.status, r.headers, r.read())

    do_GET = do_POST = forward

    def log_message(self, *_):
        pass


s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
open(f"{work}/proxy.new", "w").write(f"http://127.0.0.1:{s.server_port}")
os.rename(f"{work}/proxy.new", f"{work}/proxy")
s.serve_forever()
PYTHON

# An id whose place in a release's stages is within the first hundredth.
early_id() { # sha256 of the release
	/usr/bin/python3 - "$1" <<-'PYTHON'
	import hashlib, sys
	n = 0
	while True:
	    text = f"pawl-bucket/1\0{sys.argv[1]}\0{n:032x}".encode()
	    h = hashlib.sha256(text).digest()
	    if int.from_bytes(h[:4], "big") * 10**6 >> 32 < 10000:
	        break
	    n += 1
	print(f"{n:032x}")
	PYTHON
}

# A folder for each: device.1, device.2. It runs 0.9.0 and knows root 1.
device_made() { # number release
	d=$work/device.$1
	mkdir "$d"
	printf factory >"$d/factory.img"
	early_id "$(sha256sum "$repo/targets/fw/coat/$2" | cut -d' ' -f1)" \
		>"$d/id"
	cp "$repo/metadata/1.root.json" "$d/root.json" || return 1
	(umask 077 && cat >"$d/provision.json") <<-EOF
	{"schema": "pawl-device/1", "id": "$(cat "$d/id")",
	 "product": "coat", "hw": "a7", "region": "eu", "channel": "canary",
	 "repo": "$(jq -r .repo "$repo/pawl.json")", "root": "root.json",
	 "clock": "rtc", "server": "$(cat "$work/proxy")",
	 "batch_token": "$(cat "$work/batch")",
	 "image": {"file": "factory.img", "length": 7, "version": "0.9.0",
	           "sha256": "$(printf factory | sha256sum | cut -d' ' -f1)",
	           "counter": 1, "built": "2026-01-01T00:00:00Z"}}
	EOF
}

# Power on, and once more, so that it tells what runs.
device_polls() { # number
	: >"$work/device.log"
	for _ in 1 2; do
		pawl-device --provision "$work/device.$1/provision.json" \
			--state "$work/device.$1/state" --once --verbose \
			2>>"$work/device.log" || return 1
	done
}

device_version() { # number role
	jq -r .signed.version "$work/device.$1/state/metadata/$2.json"
}

device_tells() { # number version counter
	pawlctl device show "$(cat "$work/device.$1/id")" --json |
		jq -e --arg v "$2" --argjson c "$3" \
			'.running.version == $v and .running.counter == $c' \
			>/dev/null
}

# steal ROLE: its key file on the server becomes an OpenSSL key.
steal() {
	jq -r '"302e020100300506032b657004220420" + .clear[0:64]' \
		"$server_keys/$1.key" | xxd -r -p >"$work/$1.der"
	jq -r .keyid "$server_keys/$1.key" >"$work/$1.keyid"
}

# forge ROLE FILE: signs the JSON of standard input with what was stolen.
forge() {
	jq -cjS . >"$work/signed.bin"
	openssl pkeyutl -sign -rawin -in "$work/signed.bin" -keyform DER \
		-inkey "$work/$1.der" -out "$work/sig.bin"
	printf '{"signatures":[{"keyid":"%s","sig":"%s"}],"signed":%s}' \
		"$(cat "$work/$1.keyid")" "$(xxd -p "$work/sig.bin" | tr -d '\n')" \
		"$(cat "$work/signed.bin")" >"$work/thief/$2"
}

hash_of() {
	sha256sum "$work/thief/$1" | cut -d' ' -f1
}

# What the server says now, under versions that it will not reach in a
# thousand years.
count_up() {
	rm -f "$work"/thief/*
	was=$(curl -fsS "$PAWL_SERVER/metadata/timestamp.json" |
		jq '.signed.meta["snapshot.json"].version')
	curl -fsS "$PAWL_SERVER/metadata/$was.snapshot.json" >"$work/was.json"
	rollout=$(jq '.signed.meta["rollout.coat.json"].version' "$work/was.json")
	curl -fsS "$PAWL_SERVER/metadata/$rollout.rollout.coat.json" |
		jq '.signed | .version = 9000000' |
		forge rollout.coat 9000000.rollout.coat.json
	jq --arg hash "$(hash_of 9000000.rollout.coat.json)" \
		--argjson length "$(wc -c <"$work/thief/9000000.rollout.coat.json")" \
		'.signed | .version = 9000000 | .meta["rollout.coat.json"] =
		 {version: 9000000, length: $length, hashes: {sha256: $hash}}' \
		"$work/was.json" | forge snapshot 9000000.snapshot.json
	curl -fsS "$PAWL_SERVER/metadata/timestamp.json" |
		jq --arg hash "$(hash_of 9000000.snapshot.json)" \
			--argjson length "$(wc -c <"$work/thief/9000000.snapshot.json")" \
			'.signed | .version = 9000000 | .meta["snapshot.json"] =
			 {version: 9000000, length: $length, hashes: {sha256: $hash}}' |
		forge timestamp timestamp.json
}

root_version() {
	jq -r .signed.version "$repo"/metadata/*.root.json | sort -n |
		tail -n 1
}

# By whoever has the key files, as all are on this desk.
signed_and_published() { # reason
	pawl-repo -C "$repo" sign --all -q \
		--passphrase-file "$work/desk/pass" >/dev/null &&
		pawlctl publish "$repo" -q -r "$1" >/dev/null
}

mkdir "$work/desk" "$server_keys"
(umask 077 && pawld token add --name ann --scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
start_server
check "a server with nothing starts" $?

followed "The first ceremony"
followed "A release, and how far it may go"

# --- A year later: all of it ends within 30 days ---------------------------
# lives ROLE=LIFE…: nobody's is longer than that of the role above.
lives() {
	for life; do
		pawl-repo -C "$repo" expiry "${life%=*}" "${life#*=}" || return 1
	done
}
{
	lives plans.coat=30d releases.coat=30d targets=30d root=30d &&
		pawl-repo -C "$repo" renew root targets releases.coat \
			plans.coat && signed_and_published "short lives" &&
		lives root=365d targets=180d releases.coat=180d plans.coat=90d
} >"$out" 2>"$err"
check "roles that end within 30 days are published" $?
due() {
	[ "$(pawlctl status | grep -cE \
		"soon: (root|targets|(releases|plans).coat) expires in 29 days")" \
		-eq 4 ]
}
within 5 due
check "the server says of each that it is due soon" $?
refused "the desk sees it too" 4 "expired" \
	pawl-repo -C "$repo" verify --at 31d
followed "Before something expires"
! grep -q "soon:" "$out"
check "and nothing is due any more" $?

for section in "A release is revoked" "A holder gets a new key" \
	"An approver leaves" "How many sign, and for how long" "A lost key"; do
	followed "$section"
done
works "what is there verifies" pawl-repo -C "$repo" verify
root=$(root_version)
says "ok      root $root: "
says "coat: 1 releases, 1 plans"
before=$(curl -fsS "$PAWL_SERVER/metadata/timestamp.json" |
	jq -r .signed.version)
# Two of the publishes change root alone, which no snapshot lists.
[ "$before" -ge 13 ]
check "each publish was signed by the server" $?

# A root at its threshold: one key of two is not enough, and says so.
cp -R "$repo" "$work/lost"
rm "$work/lost/keys/root.1.key" "$work/lost/keys/root.4.key"
pawl-repo -C "$work/lost" renew root -q >/dev/null
works "one root key of two signs" pawl-repo -C "$work/lost" sign root -q \
	--passphrase-file "$work/desk/pass"
says "root $((root + 1)): 1 of 2 signatures"

# --- Somebody was on the server --------------------------------------------
mkdir "$work/thief"
start proxy /usr/bin/python3 "$work/proxy.py" "$work" "$PAWL_SERVER"
within 20 test -s "$work/proxy" &&
	pawlctl batch new made -q -p coat --hw a7 --region eu \
		--channel canary -n 10 -o "$work/batch" &&
	pawlctl rollout halt 2 -q --hw a7 -r "mischief" >/dev/null &&
	device_made 1 1.0.0_coat.bin
check "a device is made, and the thief halts its rollout" $?
works "it follows the server" device_polls 1
[ "$(device_version 1 root)" -eq "$root" ]
check "and knows root $root" $?
device_tells 1 0.9.0 1
check "and starts nothing" $?
for role in timestamp snapshot rollout.coat; do
	steal "$role"
done
count_up
device_polls 1
[ "$(device_version 1 timestamp)" -eq 9000000 ]
check "what stolen keys sign is taken" $?
rm -f "$work"/thief/*
device_polls 1
[ "$(device_version 1 timestamp)" -eq 9000000 ]
check "and the real server cannot undo it alone" $?
(umask 077 && pawld token add --name mallory --scopes admin \
	>"$work/mallory")

followed "Stolen online keys"
for token in "$PAWL_TOKEN_FILE" "$work/mallory"; do
	refused "a token that was there is nobody's" 7 "token" \
		pawlctl -t "$token" status
done
PAWL_TOKEN_FILE=$work/desk/ann2.token
works "the device follows the new root" device_polls 1
[ "$(device_version 1 root)" -eq $((root + 1)) ]
check "it knows root $((root + 1))" $?
now=$(device_version 1 timestamp)
[ "$now" -lt 9000000 ]
check "and has forgotten the thief's count" $?
device_tells 1 1.0.0 1
check "and his halt: it runs 1.0.0" $?
count_up
device_polls 1
[ "$(device_version 1 timestamp)" -lt 9000000 ]
check "what the old keys sign is refused now" $?
grep -q 'timestamp: 0 of 1 signatures' "$work/device.log"
check "for the lack of a signature" $?
rm -f "$work"/thief/*

# The server goes on with the new keys alone.
rm "$server_keys/timestamp.key" "$server_keys/snapshot.key" \
	"$server_keys/rollout.coat.key"
systemctl stop pawld && start_server
check "it starts with the new key files alone" $?
pawl-repo -C "$repo" renew targets -q >/dev/null &&
	signed_and_published "all is well"
check "and takes the next publish" $?
works "the device follows it" device_polls 1

# --- A thief has the release keys, and a token to publish -------------------
# He signs in a copy of the folder.
evil=$work/evil
evil_release() { # file version
	pawl-repo -C "$evil" release add "$1" --name coat.bin -q -p coat \
		-V "$2" --hw a7 >/dev/null &&
		pawl-repo -C "$evil" sign releases.coat -q \
			--passphrase-file "$work/desk/pass" >/dev/null
}
cp -R "$repo" "$evil"
echo "evil" >"$work/evil.bin"
evil_release "$work/evil.bin" 6.6.6 && pawlctl publish "$evil" -q -r evil >/dev/null
check "what he signs is published" $?
device_polls 1
seen=$(device_version 1 releases.coat)
followed "Stolen offline keys"
followed "Stolen release keys"
pawlctl catalog --json | jq -e '[.. | .version? // empty] == ["1.1.0"]' \
	>/dev/null
check "only the new release is listed" $?
works "the device follows its new keys" device_polls 1
[ "$(device_version 1 releases.coat)" -gt "$seen" ]
check "and forgets what the old ones signed" $?
device_made 2 1.1.0_coat.bin && device_polls 2
check "a device that knows root 1 walks all the way" $?
device_tells 2 1.1.0 2
check "it runs the new release, with the raised counter" $?
pawl-repo -C "$evil" renew releases.coat --above 40 -q >/dev/null &&
	evil_release "$work/evil.bin" 6.6.7 &&
	evil_release "$repo/targets/fw/coat/1.1.0_coat.bin" 1.1.0
cp -R "$repo" "$work/evil.now"
cp "$evil"/metadata/*.releases.coat.json "$work/evil.now/metadata"
refused "what the old keys sign is not published again" 3 \
	"releases.coat: 0 of 2 signatures" \
	pawlctl publish "$work/evil.now" -q -r evil

followed "Stolen approvers' keys"
followed "Stolen targets keys"
works "a device follows" device_polls 2
[ "$(device_version 2 root)" -eq $((root + 2)) ]
check "and knows root $((root + 2))" $?

# --- The year's roots are used up ------------------------------------------
while [ "$(root_version)" -lt 12 ]; do
	pawl-repo -C "$repo" renew root -q && pawl-repo -C "$repo" sign root -q \
		--passphrase-file "$work/desk/pass" || break
done >/dev/null
works "twelve in a year are taken" pawlctl publish "$repo" -q -r twelve
cp -R "$repo" "$work/more"
pawl-repo -C "$work/more" renew root -q >/dev/null
pawl-repo -C "$work/more" sign root -q --passphrase-file "$work/desk/pass" \
	>/dev/null
refused "the next is not" 5 "too_many_roots" \
	pawlctl publish "$work/more" -q -r thirteen
followed "The thirteenth root of a year"
works "a device follows" device_polls 1
[ "$(device_version 1 root)" -eq 13 ]
check "and knows root 13" $?

# --- A backup comes back ---------------------------------------------------
systemctl stop pawld && cp -a "$data" "$work/backup" && start_server &&
	pawl-repo -C "$repo" renew plans.coat -q >/dev/null &&
	signed_and_published "after the backup"
check "something is published after a backup" $?
systemctl stop pawld && rm -rf "$data" && cp -a "$work/backup" "$data" &&
	start_server
check "the server starts from it" $?
works "the status is asked" pawlctl status
says "NOT READY: signer,witness"
followed "A backup comes back"
pids="$pids $(cat "$work/pawld.pid")"
works "the status is asked again" pawlctl status
! grep -q "NOT READY" "$out"
check "and all is well" $?
works "a device follows" device_polls 1

# --- The end ---------------------------------------------------------------
followed "A product ends"
pawlctl catalog --json | jq -e '[.. | .path? // empty] == []' >/dev/null
check "nothing is listed any more" $?
was=$(curl -fsS "$PAWL_SERVER/metadata/timestamp.json" |
	jq '.signed.meta["snapshot.json"].version')
curl -fsS "$PAWL_SERVER/metadata/$was.snapshot.json" |
	jq -e '.signed.meta | has("releases.coat.json") and
		has("plans.coat.json") and has("rollout.coat.json")' >/dev/null
check "the roles are, for ever" $?
works "a device follows" device_polls 2
device_tells 2 1.1.0 2
check "and keeps what it runs" $?
systemctl stop pawld

# --- Nothing of the page is left out ---------------------------------------
sections >"$work/sections"
works "each section with commands was followed, in the order of the page" \
	diff "$work/sections" "$work/followed"

story_end
