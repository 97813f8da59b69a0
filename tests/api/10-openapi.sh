#!/bin/sh
# What api-tests was answered, and the routes pawld has, against
# schema/openapi.yaml. Runs after api-tests.
set -eu
here=${top_builddir:-.}
log=$here/tests/api/answers.jsonl
if ! [ -s "$log" ]; then
	echo "FAIL $log: api-tests has left no answers"
	echo "0 passed, 1 failed"
	exit 1
fi
"$here/pawld" routes >"$here/tests/api/routes.txt"
exec /usr/bin/python3 "${top_srcdir:-.}/tests/api/check_openapi.py" \
	"${top_srcdir:-.}/schema/openapi.yaml" --log "$log" \
	--routes "$here/tests/api/routes.txt"
