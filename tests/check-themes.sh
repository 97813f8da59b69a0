#!/bin/sh
# tests/conformance-themes.txt: each theme of the public conformance suite has
# tests of ours, and so has what the suite leaves out.
#
#	top_srcdir=. sh tests/check-themes.sh             the themes we know
#	top_srcdir=. sh tests/check-themes.sh CHECKOUT    those of a checkout
set -eu
cd "${top_srcdir:?}"
. tests/named-tests.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Only these: they are in every run and need nothing from outside.
c_tests tests/unit >"$work/tests"

themes=$(sed -n 's/^# themes: //p' tests/conformance-themes.txt)

# A theme is the part of an id before the slash: "test_keys/types".
of_themes='
BEGIN { split(themes, list_of, " "); for (i in list_of) wanted[list_of[i]] = 1 }
{
	for (i = 1; i <= m; i++) {
		theme = ids[i]
		if (!sub("/.+$", "", theme))
			print ids[i] ": is not THEME/WORD"
		if (!(theme in wanted))
			print ids[i] ": is of no theme"
		has[theme] = 1
	}
}
END {
	for (theme in wanted)
		if (!(theme in has))
			print theme ": no test"
}'
complaints() { # list
	row_complaints "$1" "$work/tests" "$(
		echo "BEGIN { themes = \"$themes\" }"
		echo "$of_themes"
	)"
}

list=tests/conformance-themes.txt
verdict every_theme_of_the_suite_has_tests_of_ours "$(complaints "$list")"
if [ $# -gt 0 ]; then
	unknown=$(for file in "$1"/tuf_conformance/test_*.py; do
		theme=$(basename "$file" .py)
		case " $themes " in
		*" $theme "*) ;;
		*) echo "$theme: is not in $list" ;;
		esac
	done)
	verdict the_suite_has_no_theme_that_we_do_not_know "$unknown"
fi

# The checker itself: each breach is seen.
breach() { # sentence, sed command
	seen "$1" complaints "$list" "$2"
}
breach a_missing_test_is_seen 's/a_timestamp_that_goes_back/a_timestamp_that_stays/'
breach a_theme_without_a_row_is_seen '/^test_static_repositories/d'
breach an_unknown_theme_is_seen 's/^test_keys/test_locks/'
breach a_row_without_a_test_is_seen 's/^\(test_basic[^|]*|\)[^|]*/\1 /'
breach a_row_that_stands_there_twice_is_seen '/^test_quoting_issues/p'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
