#!/bin/sh
# tests/advisories.txt and the tests agree, both ways.
set -eu
cd "${top_srcdir:?}"
passed=0
failed=0
check() { # sentence, complaints
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1:"
		echo "$2"
	fi
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find tests -name '*.c' -exec grep -hoE '^TEST\([A-Za-z0-9_]+' {} + |
	sed 's/^TEST(//' | sort >"$work/tests"
grep -v -e '^#' -e '^$' tests/advisories.txt >"$work/rows"

# rows: complaints about each.
rows='{
	n = split($2, tests, " ")
	m = split($1, ids, " ")
	if (NF != 3 || n == 0 || m == 0) {
		print "not IDS | tests | what: " $0
		next
	}
	for (t = 1; t <= n; t++) {
		if (!(tests[t] in known))
			print $1 ": no test " tests[t]
		named[tests[t]] = 1
	}
	for (i in ids) {
		if (ids[i] in seen)
			print ids[i] " stands there twice"
		seen[ids[i]] = 1
	}
	if (ids[1] !~ /^(CVE|GHSA)-/)
		next
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
complaints() { # file of rows, file of tests
	awk -F ' *[|] *' -v list="$2" '
		BEGIN { while ((getline line <list) > 0) known[line] = 1 }
		'"$rows" "$1" | sort
}

check every_advisory_has_its_tests_and_every_such_test_its_advisory \
	"$(complaints "$work/rows" "$work/tests")"

# The checker itself: each breach is seen.
breach() { # sentence, row
	echo "$2" >"$work/breach"
	printf 'CVE_2000_1_good\n' >"$work/one"
	if [ -n "$(complaints "$work/breach" "$work/one")" ]; then
		check "$1" ""
	else
		check "$1" "was not seen"
	fi
}
breach a_missing_test_is_seen 'CVE-2000-1 | CVE_2000_1_good CVE_2000_1_gone | x'
breach a_test_without_the_name_is_seen 'CVE-2000-2 | CVE_2000_1_good | x'
breach a_row_without_a_test_is_seen 'CVE-2000-1 | | x'
breach an_unlisted_test_is_seen 'other | CVE_2000_1_gone | x'
echo 'CVE-2000-1 GHSA-x | CVE_2000_1_good | x' >"$work/breach"
printf 'CVE_2000_1_good\n' >"$work/one"
check a_good_row_is_fine "$(complaints "$work/breach" "$work/one")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
