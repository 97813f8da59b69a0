#!/bin/sh
# doc/ceremonies.md is followed by its own text, command for command, with a
# server that takes every publish and a device that follows; and on the way a
# thief has the online keys.
. "${top_srcdir:?}/tests/story/lib.sh"

page=${top_srcdir:?}/doc/ceremonies.md
data=$work/data
server_keys=$work/server-keys
export server_keys

# The sh blocks from one heading to the next; "" for those before the first.
blocks() { # heading
	awk -v want="$1" '
		/^```$/ { inside = 0 }
		inside && title == want { print }
		/^## / { title = substr($0, 4) }
		/^```sh$/ { inside = 1 }' "$page"
}

# Runs a section as a reader would, on top of those before it.
follow() { # heading
	blocks "$1" >"$work/section.sh"
	[ -s "$work/section.sh" ] || echo false >"$work/section.sh"
	{
		blocks ""
		cat "$work/section.sh"
	} >"$work/all.sh"
	(cd "$work/desk" && sh -eu "$work/all.sh")
}

serve() {
	rm -f "$work/pawld.log" # the one before says another port
	start pawld pawld --set data_dir="$data" \
		--set online_keys="$server_keys" --set listen=127.0.0.1:0 \
		--set ops_listen=off
	pawld=$started
	within 20 grep -q 'serving on port' "$work/pawld.log" || return 1
	port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
		"$work/pawld.log")
	PAWL_SERVER=http://127.0.0.1:$port
	export PAWL_SERVER
}

# --- A device, and a thief on its way to the server ------------------------
# A proxy that passes everything on, but serves what lies in $work/thief in
# place of the server's metadata of that name.
cat >"$work/proxy.py" <<'PYTHON'
import http.server, os, sys, urllib.error, urllib.request

work = sys.argv[1]


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
            open(f"{work}/server").read().strip() + self.path,
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

device_made() {
	mkdir "$work/thief" "$work/device"
	printf factory >"$work/device/factory.img"
	start proxy /usr/bin/python3 "$work/proxy.py" "$work"
	within 20 test -s "$work/proxy" || return 1
	pawlctl batch new made -q -p coat --hw a7 --region eu \
		--channel canary -n 10 -o "$work/batch" || return 1
	cp "$repo/metadata/1.root.json" "$work/device/root.json"
	(umask 077 && cat >"$work/device/provision.json") <<-EOF
	{"schema": "pawl-device/1", "id": "00112233445566778899aabbccddeeff",
	 "product": "coat", "hw": "a7", "region": "eu", "channel": "canary",
	 "repo": "$(jq -r .repo "$repo/pawl.json")", "root": "root.json",
	 "clock": "rtc", "server": "$(cat "$work/proxy")",
	 "batch_token": "$(cat "$work/batch")",
	 "image": {"file": "factory.img", "length": 7, "version": "0.9.0",
	           "sha256": "$(printf factory | sha256sum | cut -d' ' -f1)",
	           "counter": 1, "built": "2026-01-01T00:00:00Z"}}
	EOF
}

device_polls() {
	pawl-device --provision "$work/device/provision.json" \
		--state "$work/device/state" --once --verbose \
		2>"$work/device.log"
}

device_version() { # role
	jq -r .signed.version "$work/device/state/metadata/$1.json"
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

mkdir "$work/desk" "$server_keys"
(umask 077 && pawld --set data_dir="$data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
serve
check "a server with nothing starts" $?

for section in "The first ceremony" "A release, and how far it may go" \
	"A release is revoked" "A holder gets a new key" "An approver leaves" \
	"How many sign, and for how long" "A lost key"; do
	works "the page is followed: $section" follow "$section"
done
repo=$work/desk/repo
works "what is there verifies" pawl-repo -C "$repo" verify
says "ok      root 5: "
says "coat: 1 releases, 1 plans"
before=$(curl -fsS "$PAWL_SERVER/metadata/timestamp.json" |
	jq -r .signed.version)
# Two of the twelve publishes change root alone, which no snapshot lists.
[ "$before" -ge 10 ]
check "each publish was signed by the server" $?

# A root at its threshold: one key of two is not enough, and says so.
cp -R "$repo" "$work/lost"
rm "$work/lost/keys/root.1.key" "$work/lost/keys/root.4.key"
pawl-repo -C "$work/lost" renew root -q >/dev/null
works "one root key of two signs" pawl-repo -C "$work/lost" sign root -q \
	--passphrase-file "$work/desk/pass"
says "root 6: 1 of 2 signatures"

# --- Somebody was on the server --------------------------------------------
echo "$PAWL_SERVER" >"$work/server"
device_made
check "a device is made" $?
works "it follows the server" device_polls
[ "$(device_version root)" -eq 5 ]
check "and knows root 5" $?
for role in timestamp snapshot rollout.coat; do
	steal "$role"
done
count_up
device_polls
[ "$(device_version timestamp)" -eq 9000000 ]
check "what stolen keys sign is taken" $?
rm -f "$work"/thief/*
device_polls
[ "$(device_version timestamp)" -eq 9000000 ]
check "and the real server cannot undo it alone" $?

works "the page is followed: Stolen online keys" follow "Stolen online keys"
works "the device follows the new root" device_polls
[ "$(device_version root)" -eq 6 ]
check "it knows root 6" $?
now=$(device_version timestamp)
[ "$now" -lt 9000000 ]
check "and has forgotten the thief's count" $?
count_up
device_polls
[ "$(device_version timestamp)" -eq "$now" ]
check "what the old keys sign is refused now" $?
grep -q 'timestamp: 0 of 1 signatures' "$work/device.log"
check "for the lack of a signature" $?
rm -f "$work"/thief/*

# --- The server goes on with the new keys alone ----------------------------
rm "$server_keys/timestamp.key" "$server_keys/snapshot.key" \
	"$server_keys/rollout.coat.key"
kill "$pawld"
wait "$pawld" 2>/dev/null
serve
check "it starts with the new key files alone" $?
echo "$PAWL_SERVER" >"$work/server"
works "a change is staged" pawl-repo -C "$repo" renew targets -q
pawl-repo -C "$repo" sign --all -q --passphrase-file "$work/desk/pass" \
	>/dev/null
works "the next publish" pawlctl publish "$repo" -q -r "all is well"
works "the device follows it" device_polls

story_end
