#!/bin/sh
# Adds up the closing lines "N passed, N failed" of the logs given as
# arguments; a log without one counts as a failure of its own.
set -eu
for log in "$@"; do
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) || :
	name=$(basename "$log" .log)
	if [ -z "$line" ]; then
		echo "FAIL $name ended without its closing line" >&2
		line="0 passed, 1 failed"
	fi
	grep -E '^(FAIL |.*: (runtime error|ERROR: ))' "$log" |
		grep -v "^FAIL $name (exit" >&2 || :
	echo "$line"
done | awk '{ p += $1; f += $3 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 }'
