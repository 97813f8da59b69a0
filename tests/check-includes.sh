#!/bin/sh
# The house's rules are data (tests/layers.txt); this applies them to every C
# file, and to a planted breach, so that a checker that sees nothing fails.
set -eu
cd "${top_srcdir:?}"
passed=0
failed=0
check() { # sentence, status
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1"
	fi
}
files=$(find lib cli net server repo-tools device get sim tests schema web \
	-name node_modules -prune -o -name '*.[ch]' -print)

status=0
# shellcheck disable=SC2086
LC_ALL=C awk -f tests/layers.awk tests/layers.txt $files || status=$?
check every_file_keeps_to_its_room "$status"

plant=$(mktemp -d)
trap 'rm -rf "$plant"' EXIT
mkdir -p "$plant/repo-tools"
cp tests/layers.awk tests/layers.txt "$plant"
planted() { # sentence, line of code
	printf '%s\n' "$2" >"$plant/repo-tools/main.c"
	status=0
	(cd "$plant" && LC_ALL=C awk -f layers.awk layers.txt \
		repo-tools/main.c >/dev/null) && status=1
	check "$1" "$status"
}
planted a_tool_may_not_include_the_server '#include "server/store/db.h"'
planted a_tool_may_not_include_sqlite '#include <sqlite3.h>'
planted nobody_may_call_strcpy '	strcpy(a, b);'
planted the_time_has_one_door '	now = time(NULL);'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
