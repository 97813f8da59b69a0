#!/bin/sh
# Each row of tests/mutants/list.txt still finds the check it takes out, so
# that the slow suite has nothing to say but whether a test notices.
set -eu
cd "${top_srcdir:?}"
list=tests/mutants/list.txt
passed=0
failed=0
why=$(mktemp)
trap 'rm -f "$why"' EXIT

for row in $(awk '$1 == "mutant" { id = $2 } $1 == "file" { print id ":" $2 }' \
	"$list"); do
	if awk -v id="${row%%:*}" -f tests/mutants/apply.awk "$list" \
		"${row#*:}" >/dev/null 2>"$why"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL ${row%%:*}: $(cat "$why")"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
