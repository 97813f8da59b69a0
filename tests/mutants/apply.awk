# Prints a source file with one row of the list applied: `from`, which must be
# there exactly once, replaced by `to`. White space in `from` is any white
# space in the source.
#
#	awk -v id=ID -f apply.awk list.txt FILE

# Every byte that means something in a regular expression stands for itself.
function quoted(text,    out, i, c)
{
	out = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == " ")
			out = out "[ \t\n]+"
		else if (c ~ /[A-Za-z0-9_]/)
			out = out c
		else if (c == "^" || c == "\\" || c == "]")
			out = out "\\" c
		else
			out = out "[" c "]"
	}
	return out
}

FNR == NR {
	if ($1 == "mutant")
		here = $2 == id
	else if (here && ($1 == "from" || $1 == "to")) {
		key = $1
		sub(/^[a-z]+[ \t]*/, "")
		row[key] = $0
	}
	next
}

{ source = source $0 "\n" }

END {
	if (row["from"] == "") {
		print "has no `from`" >"/dev/stderr"
		exit 1
	}
	want = quoted(row["from"])
	n = 0
	rest = source
	while (match(rest, want)) {
		n++
		if (n == 1) {
			start = RSTART
			len = RLENGTH
		}
		rest = substr(rest, RSTART + 1)
	}
	if (n != 1) {
		print "`from` is there " n " times, once is needed" \
			>"/dev/stderr"
		exit 1
	}
	printf "%s%s%s", substr(source, 1, start - 1), row["to"],
		substr(source, start + len)
}
