#!/bin/sh
# The words of the dashboard: tests/page/*.js, where there is a node to run
# them; nothing else needs one.
set -eu
cd "${top_srcdir:?}"
command -v node >/dev/null || {
	echo "page: not run: no node (Debian package nodejs)"
	echo "0 passed, 0 failed"
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/page"
cp web/static/*.js "$work"
cp tests/page/*.js "$work/page"
# The browser is told that they are modules; node has to be, too.
echo '{"type": "module"}' >"$work/package.json"
node "$work/page/test_words.js"
