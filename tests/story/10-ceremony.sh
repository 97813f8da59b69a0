#!/bin/sh
# From nothing to a signed release and plan, by four people who never share a
# machine; and everything that must not pass on the way.
. "${top_srcdir:?}/tests/story/lib.sh"

private "$work/pass" "open sesame"
private "$work/wrong" "open barley"
head -c 70000 /dev/zero | tr '\0' 'f' >"$work/fw-1.bin"
head -c 70001 /dev/zero | tr '\0' 'g' >"$work/fw-2.bin"
repo=$work/repo
pass="--passphrase-file $work/pass"
r() {
	pawl-repo -C "$repo" "$@"
}

# --- The ceremony ---------------------------------------------------------
# shellcheck disable=SC2086
works "a repository is made in one command" pawl-repo init "$repo" $pass \
	--kdf light --label ann --label ben --label cid
grep -q 'root: 2 of 3 keys sign, until 20' "$err"
check "the summary names thresholds and expiry" $?
grep -q 'key 2: ben' "$err"
check "and who holds the keys" $?
works "a fresh repository verifies" r verify
says "no snapshot yet: pawld makes it"
[ "$(find "$repo/keys" "$repo/online" -name '*.key' -perm 0600 | wc -l)" \
	-eq 8 ]
check "all eight key files are private" $?
# shellcheck disable=SC2086
works "a product is added" r product add coat $pass --kdf light \
	--label ann --label ben --label cid
[ ! -e "$repo/metadata/1.releases.coat.json" ]
check "nothing of it is complete before it is signed" $?
# shellcheck disable=SC2086
works "its delegation and its empty roles are signed" r sign --all $pass
works "the repository verifies with it" r verify
says "no rollout.coat yet: pawld makes it"

# --- Four machines --------------------------------------------------------
# Keys leave the folder; each holder has his own and changes its passphrase.
mkdir -m 0700 "$work/ann" "$work/ben" "$work/cid" "$work/dot"
mv "$repo/keys/releases.coat.1.key" "$repo/keys/plans.coat.1.key" "$work/ann"
mv "$repo/keys/releases.coat.2.key" "$work/ben"
mv "$repo/keys/plans.coat.2.key" "$work/cid"
private "$work/ben.pass" "ben's own"
works "ben changes his passphrase" pawl-repo key passwd --kdf light \
	"$work/ben/releases.coat.2.key" --passphrase-file "$work/pass" \
	--new-passphrase-file "$work/ben.pass"
mkdir "$work/away"
mv "$repo/keys" "$work/away/keys"

works "a release is staged without any key" r release add "$work/fw-1.bin" \
	-p coat -V 1.0.0 --hw a7,b2
works "a plan for it is staged" r plan add -p coat -i spring -r 1.0.0 \
	--channels canary --regions eu,us --stages "5%:2s,25%:2s,100%:1h"
cp -R "$repo" "$work/stick"
repo=$work/stick
# shellcheck disable=SC2086
works "ann signs the release on her machine" r sign releases.coat \
	--keys "$work/ann" $pass
says "1 of 2 signatures; may still sign:"
works "half-signed is pending, the complete set still verifies" r verify
says "pending releases.coat 2: staged with 1 of 2 signatures"
# shellcheck disable=SC2086
works "ann signs the plan" r sign plans.coat --keys "$work/ann" $pass
cp -R "$repo" "$work/stick2"
repo=$work/stick2
# shellcheck disable=SC2086
works "cid approves the plan before the release is complete" r sign \
	plans.coat --keys "$work/cid" $pass
says "2 of 2 signatures, waits for: plan/coat/spring.1.json: names release"
# shellcheck disable=SC2086
refused "ben's old passphrase opens nothing" 7 "(wrong_passphrase)" r sign \
	releases.coat --keys "$work/ben" $pass
works "ben signs the release with his own" r sign releases.coat \
	--keys "$work/ben" --passphrase-file "$work/ben.pass"
says "releases.coat 2: complete"
[ -e "$repo/metadata/2.plans.coat.json" ] && [ ! -e "$repo/staged/plans.coat.json" ]
check "the plan that waited is complete with it" $?
works "everything verifies" r verify
says "coat: 1 releases, 1 plans"
cmp -s "$work/fw-1.bin" "$repo/targets/fw/coat/1.0.0_fw-1.bin"
check "the firmware is there byte for byte" $?
for f in 1.root 1.targets 2.targets 2.releases.coat 2.plans.coat; do
	[ -e "$repo/metadata/$f.json" ] || break
done
check "every version stands in metadata" $?
[ -z "$(find "$repo" -name '*snapshot*.json' -o -name '*timestamp*.json' \
	-o -name '*rollout*.json')" ]
check "no snapshot, timestamp or state was made here" $?
works "machines read the same" r show --json
says '"path":"plan/coat/spring.1.json","id":"spring","rev":1'
r verify --json | jq -e '.ok and (.solo | not) and .schema ==
	"pawl-repo-verify/1"' >/dev/null
check "verify speaks JSON" $?
mv "$work/away/keys" "$repo/keys"
cp "$work"/ann/*.key "$work"/ben/*.key "$work"/cid/*.key "$repo/keys"

# --- What must not pass ---------------------------------------------------
works "a change is staged to try it on" r release add "$work/fw-2.bin" \
	-p coat -V 1.1.0 --hw a7
refused "a wrong passphrase" 7 "(wrong_passphrase)" r sign releases.coat \
	--passphrase-file "$work/wrong"
refused "no passphrase, nobody to ask" 7 "(passphrase_needed)" \
	r sign releases.coat
chmod 0640 "$repo/keys/releases.coat.1.key"
# shellcheck disable=SC2086
refused "a key file the group can read" 7 "mode is 0640" r sign \
	releases.coat $pass
chmod 0600 "$repo/keys/releases.coat.1.key"
cp "$work/pass" "$work/loose"
chmod 0644 "$work/loose"
refused "a passphrase file everybody can read" 7 "(insecure_mode)" r sign \
	releases.coat --passphrase-file "$work/loose"
ln -s "$repo/keys/releases.coat.1.key" "$work/link.key"
# shellcheck disable=SC2086
refused "a symbolic link to a key" 7 "is a symbolic link" r sign \
	releases.coat --key "$work/link.key" $pass
# shellcheck disable=SC2086
refused "a key of another role" 7 "(wrong_role)" r sign releases.coat \
	--key "$repo/keys/plans.coat.1.key" $pass
make_repo "$work/other" --profile solo
# shellcheck disable=SC2086
refused "a key of another repository" 7 "(wrong_repo)" r sign \
	releases.coat --key "$work/other/keys/releases.coat.1.key" $pass
sed 's/"role":"releases.coat"/"role":"root"/' \
	"$repo/keys/releases.coat.1.key" >"$work/bent.key"
chmod 0600 "$work/bent.key"
works "a root is staged to try it on" r renew root
# shellcheck disable=SC2086
refused "a key file whose role was edited" 7 "(not_a_signer)" r sign root \
	--key "$work/bent.key" $pass
rm "$repo/staged/root.json"
refused "an unknown role" 6 "(did you mean 'plans.coat'?)" r sign plan.coat
refused "an unknown product" 6 "(unknown_product)" r release add \
	"$work/fw-1.bin" -p cot -V 2.0.0 --hw a7
refused "an unknown command" 2 "(did you mean 'verify'?)" r verfiy
refused "an unknown option" 2 "(did you mean '--version'?)" r release add \
	"$work/fw-1.bin" -p coat --verison 2.0.0 --hw a7
cp "$work/fw-2.bin" "$work/x-fw-1.bin"
refused "the same path with other bytes" 5 "(target_exists)" r release add \
	"$work/x-fw-1.bin" --name fw-1.bin -p coat -V 1.0.0 --hw a7,b2
refused "a counter that falls" 5 "(counter_low)" r release add \
	"$work/fw-1.bin" -p coat -V 2.0.0 --hw a7 --counter 0
refused "a counter that jumps" 5 "(counter_jump)" r release add \
	"$work/fw-1.bin" -p coat -V 2.0.0 --hw a7 --counter 7
refused "a plan for hardware the release does not name" 1 \
	"names hardware b2" r plan add -p coat -i lab -r 1.1.0 --hw b2 \
	--channels lab --regions eu
refused "a plan beside another of the same release" 5 "(plan_overlap)" \
	r plan add -p coat -i more -r 1.0.0 --channels canary --regions us
refused "a plan that outlives its approvers" 1 "(plan_outlives)" \
	r plan add -p coat -i late -r 1.0.0 --channels lab --regions eu \
	--start 70d
refused "a version that is none" 2 "(bad_version)" r release add \
	"$work/fw-1.bin" -p coat -V v2 --hw a7
works "a counter that rises by one says there is no way back" r release \
	add "$work/fw-1.bin" -p coat -V 2.0.0 --hw a7 --counter 2
grep -q 'NO WAY BACK: raises the security counter from 1 to 2' "$err"
check "in these words" $?
sign_all "$repo" --passphrase-file "$work/ben.pass"
check "what was staged is signed" $?

# --- Tampered, truncated, foreign -----------------------------------------
# broken SENTENCE FILE SED-SCRIPT: verify finds it, and it is put back.
broken() {
	cp "$repo/$2" "$work/good"
	sed "$3" "$work/good" >"$repo/$2"
	run r verify
	status=$?
	[ "$status" -eq 3 ]
	check "$1 ends verify with 3" $?
	[ "$status" -eq 3 ] || sed 's/^/  /' "$err"
	cp "$work/good" "$repo/$2"
}
broken "a root that was edited" metadata/1.root.json 's/"threshold":2/"threshold":1/'
broken "a release that was edited" metadata/3.releases.coat.json 's/"a7"/"z9"/'
broken "a longer life" metadata/2.plans.coat.json 's/"expires":"20/"expires":"30/'
broken "firmware that was edited" targets/fw/coat/1.0.0_fw-1.bin 's/f/e/'
broken "a plan that was edited" targets/plan/coat/spring.1.json 's/50000/60000/'
broken "a duplicated key" metadata/2.targets.json 's/{"_type"/{"_type":"targets","_type"/'
broken "text that is not UTF-8" metadata/2.targets.json "s/_type/\\xff/"
broken "a float" metadata/2.targets.json 's/"version":2/"version":2.0/'
broken "an empty file" metadata/2.targets.json d
cp "$repo/metadata/2.targets.json" "$work/good"
head -c 100 "$work/good" >"$repo/metadata/2.targets.json"
refused "a truncated file" 3 "2.targets.json" r verify
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "["; }' \
	>"$repo/metadata/2.targets.json"
refused "a deep file" 3 "2.targets.json" r verify
head -c 6000000 /dev/zero >"$repo/metadata/2.targets.json"
refused "an oversized file" 3 "larger than" r verify
cp "$work/good" "$repo/metadata/2.targets.json"
cp "$repo/metadata/1.targets.json" "$repo/metadata/3.targets.json"
refused "a replayed file under a new name" 3 "(version)" r verify
rm "$repo/metadata/3.targets.json"
cp "$work/other/metadata/1.root.json" "$repo/metadata/2.root.json"
refused "a root of somebody else" 3 "2.root.json" r verify
rm "$repo/metadata/2.root.json"
mv "$repo/targets/fw/coat/1.0.0_fw-1.bin" "$work/fw"
refused "firmware that is gone" 3 "1.0.0_fw-1.bin" r verify
mv "$work/fw" "$repo/targets/fw/coat/1.0.0_fw-1.bin"
refused "a repository whose time is over" 4 "(expired)" r verify --at 100d
works "as it was, it verifies" r verify

# --- Solo is named --------------------------------------------------------
works "a solo repository verifies" pawl-repo -C "$work/other" verify
says "WARNING solo repository"
works "solo is shown" pawl-repo -C "$work/other" show
says "SOLO: "

# --- A full disk, and a process that is killed ----------------------------
works "a change is staged" r renew releases.coat plans.coat targets root
(
	trap '' XFSZ
	ulimit -f 0
	# shellcheck disable=SC2086
	pawl-repo -C "$repo" sign --all $pass \
		--passphrase-file "$work/ben.pass" >/dev/null 2>&1
)
[ $? -eq 1 ]
check "a disk that takes nothing fails the command" $?
works "and harms nothing" r verify
kills=0
for ms in 1 2 3 5 8 12 17 23 30 38 47 57 68 80 95 110 130 150 180 210; do
	# shellcheck disable=SC2086
	timeout -s KILL "$(printf '0.%03d' "$ms")" \
		pawl-repo -C "$repo" sign --all $pass \
		--passphrase-file "$work/ben.pass" >/dev/null 2>&1
	[ $? -eq 137 ] && kills=$((kills + 1))
	run r verify || break
done
works "killed at any moment, what is complete verifies" r verify
[ "$kills" -gt 0 ]
check "at least one of the kills struck" $?
sign_all "$repo" --passphrase-file "$work/ben.pass"
works "and the work goes on to its end" r verify
[ -e "$repo/metadata/2.root.json" ] && [ ! -e "$repo/staged/root.json" ]
check "the renewed root is complete" $?

story_end
