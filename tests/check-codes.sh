#!/bin/sh
# pawl-codes(7): every code that a program can give an error is on the page,
# once, and the page has no others. So has schema/openapi.yaml, for those that
# an answer of the server can have.
set -eu
cd "${top_srcdir:?}"
. tests/named-tests.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=doc/man/pawl-codes.7

# said_codes FILE...: the texts at the places where a call takes a code. What
# is no text there was given a code by another, of which the place is here too.
said_codes() {
	for file; do
		tr '\n\t' '  ' <"$file"
		echo
	done | awk '
	BEGIN {
		code_at["err_code"] = 3
		code_at["as_code"] = 2      # of catalog and device
		code_at["refuse(d"] = 1     # of device/download.c
		code_at["findings_add"] = 3
		code_at["(struct key_refusal)"] = 1
		code_at["snprintf(e->code, sizeof(e->code)"] = 1
	}
	# The texts of the argument `nth` of those that follow.
	function texts(rest, nth,    i, c, depth, at, text, quoted) {
		depth = 1
		at = 1
		for (i = 1; i <= length(rest) && depth > 0; i++) {
			c = substr(rest, i, 1)
			if (quoted && c == "\\")
				text = text c substr(rest, ++i, 1)
			else if (c == "\"") {
				if (quoted && at == nth &&
				    text ~ /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
					print text
				quoted = !quoted
				text = ""
			} else if (quoted)
				text = text c
			else if (c ~ /[({]/)
				depth++
			else if (c ~ /[)}]/)
				depth--
			else if (c == "," && depth == 1)
				at++
		}
	}
	{
		for (call in code_at) {
			rest = $0
			while ((i = index(rest, call)) > 0) {
				before = i > 1 ? substr(rest, i - 1, 1) : " "
				rest = substr(rest, i + length(call))
				if (before !~ /[a-z0-9_]/ && rest ~ /^[({,]/)
					texts(substr(rest, 2), code_at[call])
			}
		}
	}'
	# The code of a kind; ERR_NONE is none.
	sed -n '/ERR_NONE/d; s/^	\[ERR_[A-Z_]*\] *= "\(..*\)",$/\1/p' "$@"
}

sources() {
	find lib cli net server repo-tools device get sim -name '*.c'
}

# Sources are many: $(sources) names no file with a blank.
# shellcheck disable=SC2046
said_codes $(sources) | sort -u >"$work/said"

complaints() { # page
	sed -n 's/^\.It Li //p' "$1" | sort >"$work/listed"
	uniq -d "$work/listed" | sed 's/$/: stands twice/'
	sort -u "$work/listed" >"$work/once"
	comm -23 "$work/said" "$work/once" | sed 's/$/: is not on the page/'
	comm -13 "$work/said" "$work/once" | sed 's/$/: no program says it/'
}

verdict every_code_is_in_pawl_codes_and_no_other "$(complaints $page)"

# schema/openapi.yaml: `Code` has what the server can answer with, also by the
# rules for other clients, and no others. These it only logs or stops with:
# conf/, migrate.c and a folder in use end a start, export.c has a thread of its
# own, and of a halt that is not journalled /readyz speaks.
api=schema/openapi.yaml
cat >"$work/never" <<'END'
bad_value
export_newer
export_stopped
hold_corrupt
in_use
journal_full
migration_changed
no_hold_set
not_ours
schema_from_the_future
schema_too_old
short_life
unknown_key
witness_inside
END
answers() {
	find lib server -name '*.c' ! -path 'lib/sim/*'
}
# shellcheck disable=SC2046
{
	said_codes $(answers)
	sed -n 's/^\[LINT_[A-Z0-9_]*\] = {"\([a-z0-9_]*\)", LINT_ERROR.*/\1/p' \
		lib/lint/rules.c
} | sort -u | comm -23 - "$work/never" >"$work/answered"

api_complaints() { # page
	sed -n '/^    Code:$/,/^$/s/^        - \([a-z0-9_]*\).*/\1/p' "$1" |
		sort >"$work/listed"
	uniq -d "$work/listed" | sed 's/$/: stands twice/'
	sort -u "$work/listed" >"$work/once"
	comm -23 "$work/answered" "$work/once" | sed 's/$/: is not in Code/'
	comm -13 "$work/answered" "$work/once" | sed 's/$/: nobody answers it/'
}

verdict every_code_of_an_answer_is_in_the_api_and_no_other \
	"$(api_complaints $api)"
seen a_code_that_the_api_lacks_is_seen api_complaints $api \
	'/^        - pattern_overlap$/d'
seen a_rule_for_other_clients_that_the_api_lacks_is_seen api_complaints $api \
	'/^        - json_duplicate$/d'
seen a_code_of_the_api_that_nobody_answers_is_seen api_complaints $api \
	's/^        - plan$/&\
        - plant/'

# The checker itself: each breach is seen, and each way to say a code.
seen a_code_without_a_line_is_seen complaints $page '/^.It Li unfinished$/d'
seen a_line_without_a_code_is_seen complaints $page 's/^.It Li solo$/&\
.It Li solitary/'
seen a_code_listed_twice_is_seen complaints $page 's/^.It Li solo$/&\
&/'
cat >"$work/ways.c" <<'END'
	return err_code(e, kind_of(1, 2), found < needed ? "lower" : "other",
	                "%s, %d", "a_text", 1);
	*refusal = (struct key_refusal){"kind_of_key", "is none"};
	(void)snprintf(e->code, sizeof(e->code), "set_later");
	if (as_code(parse(a, "b", e), "as_such", "c", e) != 0)
		findings_add(&k->found, FINDING_OK,
		             "found", "%s", "d");
	return refuse(d, "on_the_way", e); check_refuse(d, "not_this", e);
	[ERR_BUSY]            = "some_kind",
END
want="as_such found kind_of_key lower on_the_way other set_later some_kind"
got=$(said_codes "$work/ways.c" | sort | paste -sd ' ' -)
[ "$got" = "$want" ] && got=
verdict every_way_to_say_a_code_is_read "$got"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
