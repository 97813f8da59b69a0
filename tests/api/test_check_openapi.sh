#!/bin/sh
# Does tests/api/check_openapi.py see what it should? A small interface with
# answers that fit passes; then each planted error must be found, by name. And
# the words that schema/openapi.yaml and the C code share are the same ones.
set -eu
here=${top_srcdir:?}
tool=$here/tests/api/check_openapi.py
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

verdict() { # sentence, status, what it said
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1: $3"
	fi
}

# Debian: python3-yaml, python3-jsonschema.
"$python" -c 'import jsonschema, yaml' || {
	echo "FAIL python3-yaml and python3-jsonschema are needed"
	echo "0 passed, 1 failed"
	exit 1
}

cat >"$work/api.yaml" <<'YAML'
openapi: "3.1.0"
info: { title: t, version: "1" }
security: []
paths:
  /things/{key}:
    parameters:
      - { name: key, in: path, required: true, schema: { type: integer } }
    get:
      operationId: getThing
      tags: [things]
      summary: One thing.
      security: [{ operator: [read] }]
      responses:
        "200":
          description: It.
          content:
            application/json: { schema: { $ref: "#/components/schemas/Thing" } }
        "304": { description: The same. }
        "401": { $ref: "#/components/responses/Problem" }
        default: { $ref: "#/components/responses/Any" }
  /files/{path}:
    parameters:
      - { name: path, in: path, required: true, x-rest: true, schema: { type: string } }
    get:
      operationId: getFile
      tags: [things]
      summary: Bytes.
      responses:
        "200":
          description: They.
          content:
            application/octet-stream: { schema: { type: string } }
        default: { $ref: "#/components/responses/Any" }
components:
  securitySchemes:
    operator: { type: http, scheme: bearer }
  responses:
    Problem:
      description: No.
      content:
        application/problem+json: { schema: { $ref: "#/components/schemas/Problem" } }
    Any:
      description: The machine.
      content:
        application/problem+json: { schema: { $ref: "#/components/schemas/ProblemAnywhere" } }
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [name, size, state]
      properties:
        name: { type: string, pattern: "^[a-z]+$" }
        size: { type: integer, minimum: 0 }
        state: { enum: [new, old] }
      examples:
        - { name: a, size: 0, state: new }
    Problem:
      type: object
      additionalProperties: false
      required: [status, code]
      properties:
        status: { type: integer }
        code: { type: string }
    ProblemAnywhere:
      allOf:
        - $ref: "#/components/schemas/Problem"
        - properties: { status: { const: 500 }, code: { const: io } }
YAML

entry() { # method, path, status, content type, body: one line of a log
	"$python" -c 'import json, sys
a = sys.argv[1:]
print(json.dumps({"method": a[0], "path": a[1], "status": int(a[2]),
    "content_type": a[3] or None, "body": a[4] if a[3] else None}))' "$@"
}
problem=application/problem+json
{
	entry GET '/things/7?x=1' 200 application/json \
		'{"name":"a","size":1,"state":"new"}'
	entry GET /things/7 304 '' ''
	entry GET /things/7 401 $problem '{"status":401,"code":"no"}'
	entry GET /things/7 500 $problem '{"status":500,"code":"io"}'
	entry GET /files/a/b/c 200 'application/octet-stream' 'x'
	entry GET /nothing 404 $problem '{"status":404,"code":"no"}'
	entry POST /things/7 405 $problem '{"status":405,"code":"no"}'
	entry OPTIONS /things/7 204 '' ''
	entry HEAD /things/7 200 'application/json; charset=utf-8' ''
} >"$work/good.log"
printf '%s\n' '# the table' 'GET /things/{key}' 'GET /files/{path*}' \
	>"$work/good.routes"

# Runs the tool; what it said is in $work/said.
check() {
	"$python" "$tool" "$@" >"$work/said" 2>&1
}
passes() { # sentence, arguments
	name=$1
	shift
	status=0
	check "$@" || status=1
	grep -q '^[0-9]* passed, 0 failed$' "$work/said" || status=1
	verdict "$name" "$status" "$(tr '\n' ' ' <"$work/said")"
}
# The tool fails with status 1, one failed case, and these words in it.
finds() { # sentence, words, arguments
	name=$1
	words=$2
	shift 2
	got=0
	check "$@" || got=$?
	status=1
	if [ "$got" -eq 1 ] && grep '^FAIL ' "$work/said" | grep -Fq -- "$words" &&
		tail -n 1 "$work/said" | grep -q '^[0-9]* passed, 1 failed$'; then
		status=0
	fi
	verdict "$name" "$status" "$(tr '\n' ' ' <"$work/said")"
}
finds_in_log() { # sentence, words, then an entry that is added to the good log
	name=$1
	words=$2
	shift 2
	cp "$work/good.log" "$work/bad.log"
	entry "$@" >>"$work/bad.log"
	finds "$name" "$words" "$work/api.yaml" --log "$work/bad.log"
}
finds_in_file() { # sentence, words, sed script
	sed -e "$3" "$work/api.yaml" >"$work/bad.yaml"
	finds "$1" "$2" "$work/bad.yaml"
}
finds_in_routes() { # sentence, words, sed script
	sed -e "$3" "$work/good.routes" >"$work/bad.routes"
	finds "$1" "$2" "$work/api.yaml" --routes "$work/bad.routes"
}

passes what_fits_passes "$work/api.yaml" --log "$work/good.log" \
	--routes "$work/good.routes"

finds_in_log a_wrong_type_is_found "'1' is not of type 'integer'" \
	GET /things/1 200 application/json '{"name":"a","size":"1","state":"new"}'
finds_in_log a_missing_member_is_found "'size' is a required property" \
	GET /things/1 200 application/json '{"name":"a","state":"new"}'
finds_in_log a_member_too_many_is_found "'more' was unexpected" \
	GET /things/1 200 application/json \
	'{"name":"a","size":1,"state":"new","more":1}'
finds_in_log an_unknown_word_is_found "'odd' is not one of" \
	GET /things/1 200 application/json '{"name":"a","size":1,"state":"odd"}'
finds_in_log a_line_feed_behind_a_name_is_found "does not match" \
	GET /things/1 200 application/json '{"name":"a\n","size":1,"state":"old"}'
finds_in_log a_member_twice_is_found "stands there twice" \
	GET /things/1 200 application/json \
	'{"name":"a","size":1,"size":2,"state":"new"}'
finds_in_log a_fraction_is_found "is no number of ours" \
	GET /things/1 200 application/json '{"name":"a","size":1.0,"state":"new"}'
finds_in_log a_number_beyond_2_53_is_found "is beyond 2^53" \
	GET /things/1 200 application/json \
	'{"name":"a","size":9007199254740992,"state":"new"}'
finds_in_log a_body_that_is_cut_off_is_found "the body is not JSON" \
	GET /things/1 200 application/json '{"name":"a","si'
finds_in_log another_content_type_is_found "its content type is text/html" \
	GET /things/1 200 text/html 'x'
finds_in_log a_missing_body_is_found "its content type is None" \
	GET /things/1 200 '' ''
finds_in_log a_body_of_a_304_is_found "a body where none belongs" \
	GET /things/1 304 application/json '{}'
finds_in_log a_body_of_a_head_is_found "HEAD has a body" \
	HEAD /things/1 200 application/json '{}'
finds_in_log an_undocumented_status_is_found "this status is not documented" \
	GET /things/1 409 $problem '{"status":409,"code":"conflict"}'
finds_in_log a_status_of_the_machine_needs_its_code \
	"this status is not documented" \
	GET /things/1 500 $problem '{"status":500,"code":"odd"}'
finds_in_log a_problem_of_another_status_is_found "says status 403" \
	GET /things/1 401 $problem '{"status":403,"code":"no"}'
finds_in_log an_unknown_path_that_is_served_is_found \
	"GET /nothing/else 200" GET /nothing/else 200 text/plain 'x'
finds_in_log an_unknown_method_that_is_served_is_found \
	"DELETE /things/1 200" DELETE /things/1 200 text/plain 'x'
finds_in_log options_with_a_body_is_found "a body where none belongs" \
	OPTIONS /things/1 204 text/plain 'x'

grep -v '"status": 304' "$work/good.log" >"$work/bad.log"
finds a_status_that_was_never_seen_is_found \
	"GET /things/{key} 304: documented, never seen" \
	"$work/api.yaml" --log "$work/bad.log"
grep -v '"status": 405' "$work/good.log" >"$work/bad.log"
finds a_405_that_was_never_seen_is_found "never seen" \
	"$work/api.yaml" --log "$work/bad.log"
grep -v '"HEAD"' "$work/good.log" | grep -v '"status": 200' >"$work/bad.log"
entry HEAD /files/a 200 application/octet-stream '' >>"$work/bad.log"
entry GET /things/7 200 application/json \
	'{"name":"a","size":1,"state":"new"}' >>"$work/bad.log"
finds a_head_does_not_stand_for_a_get \
	"GET /files/{path} 200: documented, never seen" \
	"$work/api.yaml" --log "$work/bad.log"
{ cat "$work/good.log" && echo '{"method": "GET"'; } >"$work/bad.log"
finds a_broken_line_is_found "line 10: the line is not JSON" \
	"$work/api.yaml" --log "$work/bad.log"
{ cat "$work/good.log" && echo '{"method": "GET"}'; } >"$work/bad.log"
finds a_line_without_its_fields_is_found "no good 'path'" \
	"$work/api.yaml" --log "$work/bad.log"
finds a_log_that_is_not_there_is_found "No such file" \
	"$work/api.yaml" --log "$work/none.log"

finds_in_routes a_route_the_file_lacks_is_found \
	"route POST /things: the server has it, the file does not" \
	'$a\
POST /things'
finds_in_routes a_route_the_server_lacks_is_found \
	"route GET /files/{path*}: the file has it, the server does not" '/files/d'
finds_in_routes another_name_of_a_parameter_is_found \
	"the file spells it /things/{key}" 's/{key}/{id}/'
finds_in_routes a_line_that_is_no_route_is_found "METHOD PATTERN" '$a\
GET'

finds_in_file a_reference_to_nothing_is_found "leads nowhere" \
	's|schemas/Thing"|schemas/Thimg"|'
finds_in_file a_component_without_use_is_found "Left is used nowhere" '$a\
    Left: { type: string }'
finds_in_file an_example_that_does_not_fit_is_found "Thing: example 1" \
	's/name: a, size: 0/name: A, size: 0/'
finds_in_file an_open_object_is_found "schemas/Thing does not" \
	'/^    Thing:/,/required/{/additionalProperties/d;}'
finds_in_file a_key_twice_is_found "'summary' twice" \
	's/^      summary: Bytes.$/&\
      summary: Bits./'
finds_in_file an_operation_id_twice_is_found "operationId getThing" \
	's/operationId: getFile/operationId: getThing/'
finds_in_file a_token_without_a_401_is_found "needs a token and has no 401" \
	's/"401"/"403"/'
finds_in_file a_parameter_without_a_place_is_found "parameter " \
	's|/things/{key}:|/things/{id}:|'
finds_in_file something_else_is_no_openapi "it has no paths" 's/^paths:/ways:/'

# The real one.
passes the_interface_is_consistent "$here/schema/openapi.yaml"

# The words below "NAME:" in the file: its list items, up to the next key.
words_of_file() { # schema name
	awk -v name="    $1:" '
		$0 == name { inside = 1; next }
		inside && /^    [A-Za-z]/ { exit }
		inside && /^ +- / { gsub(/"/, ""); print $2 }
	' "$here/schema/openapi.yaml" | sort -u
}
# The strings of the C table that begins with this line.
words_of_code() { # file, what its first line contains
	awk -v from="$2" '
		index($0, from) { inside = 1 }
		inside && /\[[A-Z_]+\] *=/ && match($0, /"[a-z_]+"/) {
			print substr($0, RSTART + 1, RLENGTH - 2)
		}
		inside && /^};/ { exit }
	' "$here/$1" | sort -u
}
same() { # sentence, file with the words of the file, with those of the code
	status=0
	[ -s "$3" ] && diff "$2" "$3" >"$work/said" || status=1
	verdict "$1" "$status" "$(tr '\n' ' ' <"$work/said")"
}

words_of_file Code >"$work/codes"
words_of_code lib/base/err.c kind_names | grep -v '^none$' >"$work/kinds"
comm -12 "$work/codes" "$work/kinds" >"$work/common"
same every_kind_of_error_is_a_code "$work/common" "$work/kinds"

shares() { # sentence, schema, file of C, what its table's first line contains
	words_of_file "$2" >"$work/file"
	words_of_code "$3" "$4" >"$work/code"
	same "$1" "$work/file" "$work/code"
}
shares the_reasons_of_a_decision_are_those_of_the_code \
	DecisionCode lib/rollout/offer.c 'whys['
shares the_steps_of_a_trial_are_those_of_the_code \
	TrialStep lib/rollout/trial.c 'names[]'
shares the_states_of_a_rollout_are_those_of_the_code \
	RolloutState lib/rollout/state.c 'state_names[]'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
