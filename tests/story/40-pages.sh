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

# --- bins.md ------------------------------------------------------------------
# A reader is asked for the passphrase; here it is in a file.
mkdir "$work/bin"
cat >"$work/bin/pawl-repo" <<SHELL
#!/bin/sh
case "\$1" in
sign) exec "$top_builddir/pawl-repo" "\$@" --passphrase-file "$work/pass" ;;
*) exec "$top_builddir/pawl-repo" "\$@" ;;
esac
SHELL
chmod +x "$work/bin/pawl-repo"
make_repo "$work/coat"
check "a repository with a product" $?
seq -f '%04.0f' 600 | while read -r n; do
	echo "meta/coat/$n.txt 5 $(echo "$n" | sha256sum | cut -d' ' -f1)"
done >"$work/list"
works "that lists much" pawl-repo -C "$work/coat" release import \
	"$work/list" -p coat -q
blocks bins.md >"$work/bins.sh"
[ "$(wc -l <"$work/bins.sh")" -ge 2 ]
check "bins.md has commands to follow" $?
cd "$work/coat" || exit 1
works "they end well" env PATH="$work/bin:$PATH" sh -eu "$work/bins.sh"
works "and the bins are right" pawl-repo lint
says " 0 errors"
[ "$(find metadata -name '*.releases.coat.bin-*' | wc -l)" -ge 2 ]
check "several of them" $?
cd "$top_builddir" || exit 1

# --- large.md -----------------------------------------------------------------
make_repo "$work/large"
check "another repository with a product" $?
cp "$work/list" "$work/large/parts.list"
blocks large.md >"$work/large.sh"
[ "$(wc -l <"$work/large.sh")" -ge 3 ]
check "large.md has commands to follow" $?
cd "$work/large" || exit 1
works "they end well, too" env PATH="$work/bin:$PATH" sh -eu "$work/large.sh"
[ "$(find metadata -name '*.releases.coat.bin-*' | wc -l)" -eq 256 ]
check "with as many bins as it says" $?
cd "$top_builddir" || exit 1

# Every page with commands is followed: here, or by the story of its own that
# names it.
for page in "$top_srcdir"/doc/*.md; do
	! grep -q '^```sh$' "$page" ||
		grep -qE "(blocks |doc/)$(basename "$page")" \
			"$top_srcdir"/tests/story/*.sh
	check "a story follows $(basename "$page")" $?
	# Nor does a command hide from that in an indented block.
	! grep -nE '^(    |	)(pawl|script/|make |curl )' "$page"
	check "$(basename "$page") has its commands in sh blocks" $?
	# And a reader comes to each from the README.
	grep -qF "$(basename "$page")" "$top_srcdir/README.md"
	check "the README links $(basename "$page")" $?
done

# --- The EXAMPLES of the man pages -------------------------------------------
# Its commands, one a line, up to what a shell does with their output.
examples() { # man page
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" |
		sed -e 's/^\.Dl "\(.*\)"\( \\e\)*$/\1\2/' -e 's/^\.Dl //' |
		sed -e ':a' -e '/\\e$/{N;s/ *\\e\n[[:space:]]*/ /;ba' -e '}' |
		sed -n -e 's/ *[|>&].*//' -e '/^pawl[a-z-]* /p'
}

# With --help a command is read to its end, and nothing is done: what it does
# not know is a usage error all the same.
mkdir "$work/nowhere"
cd "$work/nowhere" || exit 1
for page in "$top_srcdir"/doc/man/*.[18]; do
	name=$(basename "$page")
	# A build without the server has no pawld.
	[ -x "$top_builddir/${name%.*}" ] || continue
	examples "$page" >"$work/examples"
	[ -s "$work/examples" ]
	check "$name has examples" $?
	while read -r line; do
		eval "$line --help" </dev/null >"$out" 2>"$err"
		check "$name: $line" $?
		eval "${line%% *} --no-such-option ${line#* } --help" \
			</dev/null >"$out" 2>"$err"
		[ $? -eq 2 ]
		check "and one option that there is not is seen" $?
	done <"$work/examples"
done
[ -z "$(ls "$work/nowhere")" ]
check "and nothing was done" $?
cd "$top_builddir" || exit 1

story_end
