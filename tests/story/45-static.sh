#!/bin/sh
# doc/static.md is followed by its own text: a folder of plain files behind a
# web server that knows nothing of TUF serves a client; what is kept there is
# what was signed, and a copy that somebody touched is noticed.
. "${top_srcdir:?}/tests/story/lib.sh"

site=$work/site
repo=$work/repo
echo "firmware" >"$work/coat.bin"
make_repo "$repo" >/dev/null &&
	pawl-repo -C "$repo" release add "$work/coat.bin" -q -p coat \
		-V 1.4.0 --hw a7 >/dev/null && sign_all "$repo"
check "a signed release" $?
(umask 077 && pawld --set data_dir="$work/data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
start pawld pawld --set data_dir="$work/data" \
	--set online_keys="$repo/online" --set export_dir="$site" \
	--set listen=127.0.0.1:0 --set ops_listen=off
within 20 grep -q 'serving on port' "$work/pawld.log"
check "the server starts" $?
PAWL_SERVER=http://127.0.0.1:$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
	"$work/pawld.log")
export PAWL_SERVER
works "the publish" pawlctl publish "$repo" -q -r story
within 20 test -s "$site/metadata/timestamp.json"
check "and the folder appears" $?

# A web server that only knows files.
cat >"$work/web.py" <<'PYTHON'
import functools, http.server, os, sys

s = http.server.ThreadingHTTPServer(
    ("127.0.0.1", 0),
    functools.partial(http.server.SimpleHTTPRequestHandler,
                      directory=sys.argv[1]))
open(sys.argv[2] + ".new", "w").write(f"http://127.0.0.1:{s.server_port}")
os.rename(sys.argv[2] + ".new", sys.argv[2])
s.serve_forever()
PYTHON
start web /usr/bin/python3 "$work/web.py" "$site" "$work/address"
within 20 test -s "$work/address"
check "a plain web server" $?

cp "$repo/metadata/1.root.json" "$work"
mkdir "$work/store"
sed -n '/^```sh$/,/^```$/p' "$top_srcdir/doc/static.md" | grep -v '^```' |
	sed -e "s,https://cdn.example.org,$(cat "$work/address")," \
		-e "s,/srv/updates,$site," >"$work/page.sh"
[ "$(wc -l <"$work/page.sh")" -ge 6 ]
check "the page has commands to follow" $?
cd "$work" || exit 1
works "they end well" sh -eu "$work/page.sh"
says "0 errors"
says "each verifies with keys of its time"
cmp -s "$work/coat.bin" "$work/fw%2Fcoat%2F1.4.0_coat.bin"
check "the client has the release, byte for byte" $?

works "what pawld export writes once" pawld --set data_dir="$work/data" \
	export "$work/once"
diff -r "$site" "$work/once" >/dev/null
check "is the same folder" $?
# Other content under a number that was out.
jq . "$site/metadata/2.targets.json" >"$work/other" &&
	jq '.signed.expires = "2030-01-01T00:00:00Z"' "$work/other" \
		>"$site/metadata/2.targets.json"
refused "a copy that somebody touched" 3 "targets" \
	pawl-repo -C "$repo" verify-history --with "$site"

story_end
