# What pages of doc/ may name as tests; sourced by the scripts that check them.

# named_tests FILE: every test of the tree, one a line: C tests by their name,
# those of interop, and the sentences of stories with their quotes.
named_tests() {
	{
		find tests -name '*.c' -exec grep -hoE '^TEST\([A-Za-z0-9_]+' {} + |
			sed 's/^TEST(//'
		grep -hoE '[a-z]+(_[a-z]+){3,}' tests/interop/*.sh
		# Sentences of stories keep their quotes.
		grep -hoE '"[^"$]+"' tests/story/*.sh
	} | sort -u >"$1"
}

# verdict SENTENCE COMPLAINTS: none passes.
passed=0
failed=0
verdict() {
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1:"
		echo "$2"
	fi
}

# seen SENTENCE FUNCTION PAGE SED-COMMAND: the checker itself, on a page that
# was broken in one place. FUNCTION complains about the page it is given.
seen() {
	sed "$4" "$3" >"$work/breach.md"
	if cmp -s "$3" "$work/breach.md" || [ -z "$("$2" "$work/breach.md")" ]; then
		verdict "$1" "was not seen"
	else
		verdict "$1" ""
	fi
}
