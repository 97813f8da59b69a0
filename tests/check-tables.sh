#!/bin/sh
# doc/bad-input.md and doc/requirements.md: every row says what happens, with a
# code that the programs know, and names tests that exist, or says why not.
set -eu
cd "${top_srcdir:?}"
. tests/named-tests.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
named_tests "$work/tests"
# Codes: what errors, reasons and alarms are spelled as.
find lib cli net server repo-tools device get -name '*.[ch]' \
	-exec grep -hoE '"[a-z]+(_[a-z]+)*"' {} + | tr -d '"' |
	sort -u >"$work/codes"

# Rows of four cells. The third is a code in backticks ("–": there is none,
# the input is taken), or in requirements a state; the fourth names tests.
complaints() { # page
	awk -v tests="$work/tests" -v codes="$work/codes" '
	BEGIN {
		while ((getline line <tests) > 0)
			test[line] = 1
		while ((getline line <codes) > 0)
			code[line] = 1
	}
	function names(cell, row,    n) {
		n = 0
		while (match(cell, /`[^`]+`|"[^"]+"/)) {
			name = substr(cell, RSTART, RLENGTH)
			cell = substr(cell, RSTART + RLENGTH)
			if (name ~ /^`/)
				name = substr(name, 2, length(name) - 2)
			n++
			if (!(name in test))
				print row ": no test " name
		}
		return n
	}
	function known_codes(cell, row,    n) {
		n = 0
		while (match(cell, /`[^`]+`/)) {
			name = substr(cell, RSTART + 1, RLENGTH - 2)
			cell = substr(cell, RSTART + RLENGTH)
			n++
			if (!(name in code))
				print row ": no code " name
		}
		return n
	}
	/^\| [^-]/ && !/^\| (input|requirement) / {
		n_rows++
		n = split($0, cell, / *[|] */)
		row = substr(cell[2], 1, 60)
		if (n != 6 || cell[2] == "" || cell[3] == "") {
			print row ": four cells are needed"
			next
		}
		later = cell[4] ~ /^later/
		if (!later && cell[4] !~ /^(–|shown)/ &&
		    known_codes(cell[4], row) == 0)
			print row ": no code"
		if (names(cell[5], row) == 0 && !later)
			print row ": no test"
	}
	END {
		if (n_rows == 0)
			print "no row at all"
	}' "$1"
}

for page in bad-input requirements; do
	verdict "every_row_of_${page}_md_has_an_outcome_and_a_test" \
		"$(complaints doc/$page.md)"
done

# The checker itself: each breach is seen.
page=doc/bad-input.md
seen a_missing_test_is_seen complaints $page 's/a_share_never_shrinks/a_share_always_shrinks/'
seen a_missing_code_is_seen complaints $page 's/`seq_too_far`/`seq_much_too_far`/'
seen a_row_without_a_test_is_seen complaints $page '/^| alpha/s/[^|]*|$/ |/'
seen a_row_without_an_outcome_is_seen complaints $page 's/^| alpha[^|]*|[^|]*|/| alpha | |/'
page=doc/requirements.md
seen a_requirement_without_a_test_is_seen complaints $page '/^| A canary/s/[^|]*|$/ |/'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
