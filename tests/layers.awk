# Reads layers.txt first, then C files; prints each breach as file:line: what.
function under(path, list,    n, i, part) {
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		if (path == part[i] || index(path, part[i] "/") == 1)
			return 1
	return 0
}
function folder_rule(path,    p) {
	for (p = path; sub(/\/[^\/]*$/, "", p); )
		if (p in may)
			return p
	return ""
}
function complain(what) {
	printf "%s:%d: %s\n", file, FNR, what
	bad++
}
FNR == 1 {
	file = FILENAME
	sub(/^\.\//, "", file)
	rule = folder_rule(file)
	in_comment = 0
}
file ~ /layers\.txt$/ {
	if ($1 !~ /^(may|own|word)$/)
		next
	key = $2
	sub(/:$/, "", key)
	rest = $0
	sub(/^[^:]*:[ \t]*/, "", rest)
	if ($1 == "may")
		may[key] = rest
	else if ($1 == "own")
		own[key] = rest
	else
		word[key] = rest
	next
}
/^#include "/ {
	split($0, q, "\"")
	target = q[2]
	if (target == "config.h")
		next
	dir = target
	sub(/\/[^\/]*$/, "", dir)
	here = file
	sub(/\/[^\/]*$/, "", here)
	if (rule == "")
		complain("stands in no folder of layers.txt")
	else if (dir != here && !under(dir, rule) && !under(dir, may[rule]))
		complain("may not include " target)
	next
}
/^#include </ {
	target = $2
	gsub(/[<>]/, "", target)
	for (h in own)
		if ((target == h || (h ~ /\/$/ && index(target, h) == 1)) &&
		    !under(file, own[h]))
			complain("may not include <" target ">")
	next
}
{
	code = $0
	if (in_comment) {
		if (!sub(/^.*\*\//, "", code))
			next
		in_comment = 0
	}
	gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", code)
	sub(/\/\/.*$/, "", code)
	if (sub(/\/\*.*$/, "", code))
		in_comment = 1
	while (match(code, /(^|[^A-Za-z0-9_.>])[a-z_0-9]+\(/)) {
		call = substr(code, RSTART, RLENGTH - 1)
		sub(/^[^a-z_0-9]/, "", call)
		if (call in word && !under(file, word[call]))
			complain("may not call " call "()")
		code = substr(code, RSTART + RLENGTH)
	}
}
END {
	exit bad ? 1 : 0
}
