#!/bin/sh
# tests/advisories.txt and the tests agree, both ways.
set -eu
cd "${top_srcdir:?}"
. tests/named-tests.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
c_tests tests >"$work/tests"

# An advisory has a test that is named after it, and no other test is.
after_advisories='
ids[1] ~ /^(CVE|GHSA)-/ {
	for (t = 1; t <= n; t++) {
		ok = 0
		for (i in ids) {
			id = ids[i]
			gsub(/-/, "_", id)
			ok = ok || index(tests[t], id "_") > 0
		}
		if (!ok)
			print $1 ": is not in the name of " tests[t]
	}
}
END {
	for (t in known)
		if (t ~ /(CVE|GHSA)_/ && !(t in named))
			print t ": is named after an advisory that is not listed"
}'
complaints() { # list, file of tests
	row_complaints "$1" "$2" "$after_advisories"
}

verdict every_advisory_has_its_tests_and_every_such_test_its_advisory \
	"$(complaints tests/advisories.txt "$work/tests")"

# The checker itself: each breach is seen.
breach() { # sentence, row
	echo "$2" >"$work/breach"
	printf 'CVE_2000_1_good\n' >"$work/one"
	if [ -n "$(complaints "$work/breach" "$work/one")" ]; then
		verdict "$1" ""
	else
		verdict "$1" "was not seen"
	fi
}
breach a_missing_test_is_seen 'CVE-2000-1 | CVE_2000_1_good CVE_2000_1_gone | x'
breach a_test_without_the_name_is_seen 'CVE-2000-2 | CVE_2000_1_good | x'
breach a_row_without_a_test_is_seen 'CVE-2000-1 | | x'
breach an_unlisted_test_is_seen 'other | CVE_2000_1_gone | x'
echo 'CVE-2000-1 GHSA-x | CVE_2000_1_good | x' >"$work/breach"
printf 'CVE_2000_1_good\n' >"$work/one"
verdict a_good_row_is_fine "$(complaints "$work/breach" "$work/one")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
