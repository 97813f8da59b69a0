#!/bin/sh
# Other people's clients have one version each: the one that script/interop
# runs is the one whose limits lib/lint/rules.c knows, and README.md names it.
set -eu
cd "${top_srcdir:?}"
. tests/named-tests.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "NAME VERSION" of what is run.
{
	sed -n 's/^tuf==/python-tuf /p' tests/interop/python-tuf/requirements.in
	sed -n 's#.*/theupdateframework/go-tuf/v2 v#go-tuf #p' \
		tests/interop/go-tuf/go.mod
	sed -n '/^name = "tough"/{n;s/version = "\(.*\)"/tough \1/p;}' \
		tests/interop/tough/Cargo.lock
	for lock in tests/interop/tuf-js/*/package.json; do
		sed -n 's/.*"tuf-js": "\(.*\)".*/tuf-js \1/p' "$lock"
	done | sort -V | tail -n 1
} >"$work/run"

# In the lint's table, and on the page.
complaints() { # page
	[ "$(wc -l <"$work/run")" -eq 4 ] || echo "four clients, not:" \
		"$(cat "$work/run")"
	while read -r name version; do
		grep -q "^	{\"$name\", *\"$version\"," lib/lint/rules.c ||
			echo "lib/lint/rules.c does not say $name $version"
		tr -s '\n ' ' ' <"$1" | grep -qF "$name $version" ||
			echo "README.md does not say $name $version"
	done <"$work/run"
}

verdict versions_of_clients_are_the_same_everywhere "$(complaints README.md)"
seen a_client_of_another_version_is_seen complaints README.md \
	's/tough [0-9.]*/tough 0.19/'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
