#!/bin/sh
# Takes one check out of the code, builds what tests it, and wants to see that
# go red; for each row of tests/mutants/list.txt, which says what a row is.
# The sources are not touched: a mutant is a changed copy, compiled alone and
# linked before the library, so that its functions are taken and not the
# library's.
#
#	sh tests/mutants/run.sh             all of them, from a build folder
#	sh tests/mutants/run.sh WORD…       those with one of these in their id
#
# `make check-slow` runs it; the closing line is "N passed, N failed".
set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$(pwd)}
list=$top_srcdir/tests/mutants/list.txt
apply=$top_srcdir/tests/mutants/apply.awk
# One test of a mutant that loops is given up after a minute, and so is
# everything a mutant does after five.
CK_TIMEOUT_MULTIPLIER=1
# One that eats memory ends too.
ulimit -v 3000000
export top_srcdir top_builddir CK_TIMEOUT_MULTIPLIER

# "unit-server:test_gate" is what test_gate.c adds to unit-server.
suite() { # program, PROGRAM:FILE, log
	case $2 in
	*:*) timeout 300 "$1" "${2#*:}" >"$3" 2>&1 ;;
	*) timeout 300 "$1" >"$3" 2>&1 ;;
	esac
}

# The field of a row; `from` and `to` are read by apply.awk.
field() { # id, name
	awk -v id="$1" -v name="$2" '
		$1 == "mutant" { here = $2 == id; next }
		here && $1 == name { sub(/^[a-z]+[ \t]+/, ""); print }' "$list"
}

# Prints one line about one mutant: killed, SURVIVED or BROKEN.
one() { # id
	dir=$work/$1
	file=$(field "$1" file)
	mkdir "$dir"
	if ! awk -v id="$1" -f "$apply" "$list" "$top_srcdir/$file" \
		>"$dir/mutant.c" 2>"$dir/why"; then
		echo "BROKEN $1: $(cat "$dir/why")"
		return
	fi
	for tests in $(field "$1" tests); do
		program=${tests%%:*}
		if [ ! -e "$dir/$program" ] &&
			! make -s -C "$top_builddir" MUTANT_DIR="$dir" \
				"$dir/$program" >"$dir/log" 2>&1; then
			echo "BROKEN $1: does not build: $(
				grep -m 1 -E 'error|undefined' "$dir/log")"
			return
		fi
		if ! suite "$dir/$program" "$tests" "$dir/log"; then
			echo "killed $1 by $tests: $(grep -m 1 '^FAIL ' \
				"$dir/log" | cut -d : -f 5 | cut -c 2-)"
			rm -rf "$dir"
			return
		fi
	done
	echo "SURVIVED $1: $(field "$1" check) ($file)"
}

if [ "${1:-}" = --one ]; then
	one "$2"
	exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work
passed=0
failed=0

# Without a change all of it must pass, or nothing that follows means anything.
for tests in $(awk '$1 == "tests" { sub(/^tests/, ""); print }' "$list" |
	tr -s ' \t' '\n\n' | sort -u); do
	if suite "$top_builddir/${tests%%:*}" "$tests" "$work/log"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $tests is red without any mutant"
	fi
done

words=$(echo "$*" | tr ' ' '|')
awk '$1 == "mutant" { print $2 }' "$list" >"$work/ids"
sort "$work/ids" | uniq -d | while read -r id; do
	echo "BROKEN $id: stands there twice"
done >"$work/out"
grep -E "$words" "$work/ids" | sort -u |
	xargs -P "$(nproc)" -n 1 sh "$0" --one >>"$work/out"
sort "$work/out"
killed=$(grep -c '^killed ' "$work/out")
passed=$((passed + killed))
failed=$((failed + $(grep -c -v '^killed ' "$work/out")))
echo "mutants: $killed of $(wc -l <"$work/out") killed"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
