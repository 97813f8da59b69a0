#!/bin/sh
# Bins, nested roles and a revoked release on a running server: what is
# published is what a plain TUF client finds, and what is gone it does not.
. "${top_srcdir:?}/tests/story/lib.sh"

repo=$work/repo
data=$work/data

serve() {
	start pawld pawld --set data_dir="$data" \
		--set online_keys="$repo/online" --set listen=127.0.0.1:0 \
		--set ops_listen=off
	within 20 grep -q 'serving on port' "$work/pawld.log" || return 1
	port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
		"$work/pawld.log")
	PAWL_SERVER=http://127.0.0.1:$port
	export PAWL_SERVER
}
r() {
	pawl-repo -C "$repo" "$@"
}
# get PATH: with a store that has only ever seen root 1.
get() {
	rm -rf "$work/store" "$work/got"
	mkdir "$work/store"
	pawl-get --metadata-dir "$work/store" \
		--metadata-url "$PAWL_SERVER/metadata" init \
		"$repo/metadata/1.root.json" &&
		pawl-get --metadata-dir "$work/store" \
			--metadata-url "$PAWL_SERVER/metadata" \
			--target-name "$1" --target-dir "$work/got" \
			--target-base-url "$PAWL_SERVER/targets" download
}
publish() {
	sign_all "$repo"
	check "signed: $1" $?
	works "published: $1" pawlctl publish "$repo" -q -r story
}

make_repo "$repo" >/dev/null
check "a signed repository" $?
n=0
while [ "$n" -lt 12 ]; do
	n=$((n + 1))
	echo "firmware $n" >"$work/$n.bin"
	r release add "$work/$n.bin" -q -p coat -V "1.0.$n" --hw a7 >/dev/null
done
(umask 077 && pawld --set data_dir="$data" token add --name ann \
	--scopes admin >"$work/token")
PAWL_TOKEN_FILE=$work/token
export PAWL_TOKEN_FILE
serve
check "the server starts" $?
publish "twelve releases in one file"
works "a client finds one" get fw/coat/1.0.7_7.bin

works "they move into 256 bins" r delegate releases.coat --bins 256
publish "256 bins"
for n in 1 7 12; do
	works "a client finds 1.0.$n in its bin" get "fw/coat/1.0.${n}_$n.bin"
	cmp -s "$work/$n.bin" "$(find "$work/got" -type f)"
	check "byte for byte" $?
done
[ "$(find "$work/store" -name '*bin-*' | wc -l)" -eq 1 ]
check "it asked for one bin" $?

echo "firmware 13" >"$work/13.bin"
works "one more release" r release add "$work/13.bin" -q -p coat -V 1.0.13 \
	--hw a7
[ "$(find "$repo/staged" -name '*.json' | wc -l)" -eq 1 ]
check "is one bin's change" $?
publish "one bin"
works "a client finds it" get fw/coat/1.0.13_13.bin

works "a release is revoked" r release remove 1.0.7 -p coat
publish "a release less"
run get fw/coat/1.0.7_7.bin
[ $? -ne 0 ]
check "a client finds it no more" $?
works "the others are there" get fw/coat/1.0.8_8.bin

works "bins by hash prefixes" r delegate releases.coat --prefix-bins 32
publish "32 bins by prefix"
works "a client finds one" get fw/coat/1.0.12_12.bin

# shellcheck disable=SC2086
new="--role-keys 1 --threshold 1 --kdf light --passphrase-file $work/pass"
# shellcheck disable=SC2086
works "a plain role" r delegate docs --path "docs/*" \
	--path "docs/manuals/*" $new
sign_all "$repo"
# shellcheck disable=SC2086
works "and one below it" r delegate docs.manuals --under docs \
	--path "docs/manuals/*" $new
sign_all "$repo"
mkdir -p "$repo/targets/docs/manuals"
echo "wash cold" >"$repo/targets/docs/manuals/coat.txt"
echo "docs/manuals/coat.txt 10 $(sha256sum \
	"$repo/targets/docs/manuals/coat.txt" | cut -c1-64)" >"$work/list"
works "with a page" r release import "$work/list" --role docs.manuals
publish "nested roles"
works "a client finds the page" get docs/manuals/coat.txt
works "and firmware beside it" get fw/coat/1.0.1_1.bin
pawlctl status --json | jq -e '.products | length == 1' >/dev/null 2>&1 ||
	pawlctl status --json >/dev/null
check "products are what they were" $?

works "the plain role goes" r delegate docs --remove
publish "without docs"
run get docs/manuals/coat.txt
[ $? -ne 0 ]
check "a client finds the page no more" $?
works "the firmware it finds" get fw/coat/1.0.1_1.bin

story_end
