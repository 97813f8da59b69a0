#!/bin/sh
# doc/threats.md names tests that exist, and has a word on everything: each
# thief's can, cannot, bound and recovery.
set -eu
cd "${top_srcdir:?}"
. tests/named-tests.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
named_tests "$work/tests"

# Names in backticks with three words or more are tests; what else stands
# there (pawl-repo, max_ppm) is not.
complaints() { # page
	awk -v list="$work/tests" '
	BEGIN { while ((getline line <list) > 0) known[line] = 1 }
	function close_thief(    i) {
		if (thief == "")
			return
		for (i = 1; i <= 4; i++)
			if (!(rows[i] in has))
				print thief ": no row " rows[i]
		split("", has)
	}
	BEGIN { split("can cannot bound recovery", rows, " ") }
	/^##/ { close_thief(); thief = /^### / ? substr($0, 5) : "" }
	{
		rest = $0
		while (match(rest, /`[A-Za-z0-9]+(_[A-Za-z0-9]+)(_[A-Za-z0-9]+)+`/)) {
			name = substr(rest, RSTART + 1, RLENGTH - 2)
			rest = substr(rest, RSTART + RLENGTH)
			n_names++
			if (!(name in known))
				print "no test " name
		}
	}
	thief != "" && /^\| (can|cannot|bound|recovery) / {
		n = split($0, cell, / *[|] */)
		has[cell[2]] = 1
		if (n != 5 || cell[4] == "")
			print thief ": " cell[2] ": three cells are needed"
		if (cell[4] == "–" && cell[2] !~ /^(bound|recovery)$/)
			print thief ": " cell[2] ": no test, and no word why"
		if (cell[4] != "–" && cell[4] !~ /^not proved by a test yet/ &&
		    cell[4] !~ /[`"]/)
			print thief ": " cell[2] ": no test"
		rest = cell[4]
		while (match(rest, /"[^"]+"/)) {
			name = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			if (!(name in known))
				print "no story says " name
		}
	}
	END {
		close_thief()
		if (n_names == 0)
			print "no test is named at all"
	}' "$1"
}

verdict every_test_named_in_threats_md_exists "$(complaints doc/threats.md)"

# The checker itself: each breach is seen.
breach() { # sentence, sed command
	seen "$1" complaints doc/threats.md "$2"
}
breach a_missing_test_is_seen 's/a_chain_of_roots_is_followed/a_chain_of_fools_is_followed/'
breach a_missing_story_is_seen 's/"its versions never went back"/"its versions went back"/'
breach a_missing_row_is_seen '/^| bound | its expiry/d'
breach a_claim_without_a_test_is_seen 's/^\(| cannot |.*| \)`[^|]*|$/\1– |/'

echo "$(grep -c 'not proved by a test yet' doc/threats.md || :) lines of" \
	"doc/threats.md say that they are not proved" >&2
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
