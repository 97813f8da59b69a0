#!/bin/sh
# The pages of doc/ are followed by their own text, command for command.
. "${top_srcdir:?}/tests/story/lib.sh"

# What a reader would type: the sh blocks of a page, in order.
blocks() { # page
	sed -n '/^```sh$/,/^```$/p' "${top_srcdir:?}/doc/$1" | grep -v '^```'
}

# --- signing.md: a signature checked without any tool of ours ----------------
private "$work/pass" "open sesame"
works "a repository is made" pawl-repo init "$work/repo" --kdf light \
	--passphrase-file "$work/pass"
mkdir "$work/look"
cp "$work/repo/metadata/1.root.json" "$work/look"
blocks signing.md >"$work/signing.sh"
[ "$(wc -l <"$work/signing.sh")" -ge 8 ]
check "signing.md has commands to follow" $?
(
	cd "$work/look" || exit 1
	sh -eu "$work/signing.sh" && jq -r '.signatures[0].keyid' 1.root.json
) >"$out" 2>"$err"
check "they end well" $?
grep -qx "Signature Verified Successfully" "$out"
check "OpenSSL agrees with the signature" $?
[ "$(sed -n '2s/ .*//p' "$out")" = "$(sed -n '3p' "$out")" ]
check "the hash of the key object is its id" $?
sed -i 's/"version":1/"version":2/' "$work/look/1.root.json"
(cd "$work/look" && sh -eu "$work/signing.sh") >"$out" 2>"$err"
grep -q "Signature Verification Failure" "$out" "$err"
check "and one changed digit is seen" $?

story_end
