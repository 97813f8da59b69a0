#!/bin/sh
# Three people, three machines, one stick: the page is followed by its own
# text, then signatures merge in every order, and what must not pass does not.
. "${top_srcdir:?}/tests/story/lib.sh"

pass="--passphrase-file $work/pass"
private "$work/pass" "open sesame"
cd "$work" || exit 1

# all OUT FILE…: the key files of a holder, n-th of each role.
holder() {
	mkdir -m 0700 "$1" "$1/keys"
	mv fw/keys/*."$2".key "$1/keys"
}

# --- doc/signing-events.md, command for command ------------------------------
# shellcheck disable=SC2086
{
	pawl-repo init fw $pass --kdf light -q --label ann --label ben \
		--label cid &&
		pawl-repo -C fw product add coat $pass --kdf light -q \
			--label ann --label ben --label cid &&
		pawl-repo -C fw sign --all -q $pass
} >/dev/null
check "a repository of three holders, two of whom sign" $?
holder ann 1
holder ben 2
holder cid 3
rmdir fw/keys
mkdir stick
echo "firmware" >coat.bin
# A reader is asked for the passphrase; here it is in a file.
mkdir bin
cat >bin/pawl-repo <<'SHELL'
#!/bin/sh
case " $* " in
*" sign "*) exec "$top_builddir/pawl-repo" "$@" --passphrase-file pass ;;
*) exec "$top_builddir/pawl-repo" "$@" ;;
esac
SHELL
chmod +x bin/pawl-repo
sed -n '/^```sh$/,/^```$/p' "$top_srcdir/doc/signing-events.md" |
	grep -v '^```' >page
[ "$(wc -l <page)" -ge 12 ]
check "the page has commands to follow" $?
works "they end well" env PATH="$work/bin:$PATH" sh -eu page
says "releases.coat 2: adds release 2.1.0 for rev-b; nothing else changes"
says "  may still sign: "
says "  cid"
says "ok      coat: 1 releases, 0 plans"
[ -e fw/metadata/2.releases.coat.json ] && [ ! -e fw/staged/releases.coat.json ]
check "the release is complete in the office" $?

# --- Every order ----------------------------------------------------------------
# Thresholds of three: every signature is needed.
rm -rf fw ann ben cid
# shellcheck disable=SC2086
{
	pawl-repo init fw $pass --kdf light -q --targets-threshold 3 &&
		pawl-repo -C fw product add coat $pass --kdf light -q \
			--releases-keys 3 --releases-threshold 3 \
			--plans-keys 3 --plans-threshold 3 &&
		pawl-repo -C fw sign --all -q $pass
} >/dev/null
check "a repository where all three sign" $?
holder ann 1
holder ben 2
holder cid 3
root=$(sha256sum fw/metadata/1.root.json | cut -c1-64)

# signs NAME STICK: imports, signs with his keys, writes the stick again.
signs() {
	# shellcheck disable=SC2086
	pawl-repo -C "$1" draft import "$2" --trust-root "$root" -q &&
		pawl-repo -C "$1" sign --all -q $pass &&
		pawl-repo -C "$1" draft export "$2"
}

n=0
for order in "ann ben cid" "ann cid ben" "ben ann cid" "ben cid ann" \
	"cid ann ben" "cid ben ann"; do
	n=$((n + 1))
	echo "firmware $n" >"$n.bin"
	rm -f stick/*
	{
		pawl-repo -C fw release add "$n.bin" -p coat -V "1.0.$n" \
			--hw a7 -q &&
			pawl-repo -C fw plan add -p coat -i "p$n" \
				-r "1.0.$n" --channels c --regions eu -q &&
			pawl-repo -C fw draft export stick/d
	} >/dev/null
	for who in $order; do
		signs "$who" stick/d >/dev/null 2>"$err" || cat "$err"
	done
	pawl-repo -C fw draft import stick/d -q >/dev/null 2>"$err" || cat "$err"
	[ -e "fw/metadata/$((n + 1)).releases.coat.json" ] &&
		[ -e "fw/metadata/$((n + 1)).plans.coat.json" ]
	check "complete in the order $order" $?
done
works "after all six the repository verifies" pawl-repo -C fw verify
says "coat: 6 releases, 6 plans"

# Side by side: each starts from the unsigned draft and nobody sees another's.
pawl-repo -C fw renew releases.coat -q >/dev/null
pawl-repo -C fw draft export stick/d -q >/dev/null
for who in ann ben cid; do
	cp stick/d "stick/$who"
	signs "$who" "stick/$who" >/dev/null
done
for who in cid ann ben; do
	pawl-repo -C fw draft import "stick/$who" -q >/dev/null
done
[ -e fw/metadata/8.releases.coat.json ]
check "three sticks merge as well as one" $?

# --- What must not pass ------------------------------------------------------------
# The machines are a version behind, and say so by themselves.
works "ben drafts on what he has" pawl-repo -C ben renew releases.coat
works "and brings it" pawl-repo -C ben draft export stick/late
refused "a draft on a version that is over" 5 "(stale_draft)" \
	pawl-repo -C fw draft import stick/late
works "he gives it up" pawl-repo -C ben draft drop releases.coat
says "its number is burned"
pawl-repo -C fw renew plans.coat -q >/dev/null
pawl-repo -C fw draft export stick/d -q >/dev/null
signs ann stick/d >/dev/null
refused "a stick with an unseen signature is not overwritten" 5 \
	"(unseen_signatures)" pawl-repo -C fw draft export stick/d
sed 's/\\"plan\/coat\/p1.1.json\\"/\\"plan\/coat\/p9.1.json\\"/' stick/d \
	>stick/bent
refused "a draft that was changed under a signature" 3 "(bad_signature)" \
	pawl-repo -C dot draft import stick/bent --trust-root "$root"
head -c 2000 stick/d >stick/half
refused "half a stick" 1 "stick/half" pawl-repo -C fw draft import stick/half
works "the office drops it" pawl-repo -C fw draft drop --all
refused "what was dropped does not come back" 5 "(burned)" \
	pawl-repo -C fw draft import stick/d
works "the next draft has the next number" pawl-repo -C fw renew plans.coat
works "and says so" pawl-repo -C fw draft
says "plans.coat 9: says the same for longer; nothing else changes"
works "all of it verifies" pawl-repo -C fw verify

story_end
