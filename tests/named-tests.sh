# What pages of doc/ and lists may name as tests; sourced by the scripts that
# check them.

# c_tests FOLDER: the C tests below it, one a line.
c_tests() {
	find "$1" -name '*.c' -exec grep -hoE '^TEST\([A-Za-z0-9_]+' {} + |
		sed 's/^TEST(//'
}

# named_tests FILE: every test of the tree, one a line: C tests by their name,
# those of interop, and the sentences of stories with their quotes.
named_tests() {
	{
		c_tests tests
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

# row_complaints ROWS TESTS AWK: about a list of "IDS | tests | what it is". A
# row has all three, its tests are in the file TESTS, no id stands there twice.
# AWK is what else the list wants: it finds ids[1..m], tests[1..n] and known[].
row_complaints() {
	grep -v -e '^#' -e '^$' "$1" | awk -F ' *[|] *' -v list="$2" '
	BEGIN { while ((getline line <list) > 0) known[line] = 1 }
	{
		n = split($2, tests, " ")
		m = split($1, ids, " ")
		if (NF != 3 || n == 0 || m == 0 || $3 == "") {
			print "not IDS | tests | what: " $0
			next
		}
		for (t = 1; t <= n; t++) {
			if (!(tests[t] in known))
				print $1 ": no test " tests[t]
			named[tests[t]] = 1
		}
		for (i = 1; i <= m; i++) {
			if (ids[i] in seen)
				print ids[i] " stands there twice"
			seen[ids[i]] = 1
		}
	}
	'"$3" | sort
}
