#!/bin/sh
# What script/demo promises: it shows what really happened, whatever the file,
# the seed and the cell, and says so when it did not. Runs the programs of
# $top_builddir; each run has a server and a fleet of its own.
set -u
: "${top_srcdir:=.}" "${top_builddir:=build}"
PAWL_BUILD=$top_builddir
export PAWL_BUILD
demo=$top_srcdir/script/demo

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() { # SENTENCE, COMMAND…
	sentence=$1
	shift
	if "$@" >"$work/check.out" 2>&1; then
		echo "ok   $sentence"
		passed=$((passed + 1))
	else
		echo "FAIL $sentence"
		sed 's/^/     /' "$work/check.out"
		failed=$((failed + 1))
	fi
}
result_has() { # RUN, jq expression
	jq -e "$2" "$work/$1.json" && return 0
	cat "$work/$1.json"
	tail -n 25 "$work/$1.log"
	return 1
}
ended_with() { # RUN, STATUS
	[ "$(cat "$work/$1.status")" = "$2" ] && return 0
	tail -n 5 "$work/$1.log"
	return 1
}
left_nothing() { # RUN
	[ -z "$(ls -A "$work/$1.tmp")" ] && return 0
	ls -A "$work/$1.tmp"
	return 1
}

run() { # NAME, ARGUMENT…: one demo to its end
	name=$1
	shift
	mkdir "$work/$name.tmp"
	TMPDIR=$work/$name.tmp sh "$demo" --json "$@" \
		>"$work/$name.json" 2>"$work/$name.log"
	echo $? >"$work/$name.status"
}

# ---- What is run: they mostly sleep, so two at a time ----

odd="$work/any file at all"
printf 'x' >"$odd"
run flip --devices 45 --proxy-flip
run empty --devices 9 /dev/null
run default &
first=$!
if grep -q '^#define PAWL_SANITIZED' "$top_builddir/config.h"; then
	# Several times slower, and the point is the programs.
	wait "$first"
	all=no
else
	run none --devices 90 --seed 7 --bad none
	wait "$first"
	run other --devices 90 --seed 42 --bad rev-c/jp "$odd"
	all=yes
fi

# ---- As it comes ----

check "the demo ends well" ended_with default 0
check "its answer is one JSON object and nothing else" \
	sh -c "[ \"\$(jq -s 'map(type) == [\"object\"]' '$work/default.json')\" = true ]"
check "everything it claims happened" result_has default '.ok and .why == []'
check "two hundred devices ran the good release" result_has default \
	'.devices == 200 and .good == {state: "completed", updated: 200}'
check "exactly the broken cell halted" result_has default \
	'.bad.halted_cells == ["rev-b/us"]'
check "fewer than ten devices failed, and no more were exposed than failed" \
	result_has default '.bad.failed >= 2 and .bad.failed <= 9 and
		.bad.exposed == .bad.failed'
check "the halt came by itself while the rollout ran" result_has default \
	'.bad.seconds_to_halt >= 0 and .bad.seconds_to_halt < 30'
check "the other cells completed" result_has default \
	'.bad.other_cells == "completed"'
check "every acknowledged report is stored" result_has default \
	'.reports.acknowledged == .reports.stored and
	 .reports.stored > 2000'
check "every active slot has the right sha256" result_has default \
	'.slots == {right: 200, of: 200}'
check "devices verified every image they installed" result_has default \
	'.bytes_verified > 200 * 2 * 50000 * 0.8'
check "it leaves nothing behind" left_nothing default

# ---- When it is not true ----

check "a flipped byte ends the demo with a failure" ended_with flip 1
check "a flipped byte makes ok false" result_has flip '.ok == false'
check "a flipped byte updates nobody" result_has flip \
	'.good.updated == 0 and .slots.right == 0 and .bytes_verified == 0'
check "the refusal says what came and what was needed" result_has flip \
	'any(.why[]; test("sha256 is [0-9a-f]{64}, [0-9a-f]{64} is needed"))'
check "it leaves nothing behind after a failure" left_nothing flip
check "what is no firmware is refused" ended_with empty 1
check "and the answer is still one object, with the reason" \
	result_has empty '.ok == false and (.why[0] | test("/dev/null"))'

# ---- Whatever is asked for ----

if [ "$all" = yes ]; then
	check "without a broken cell nothing halts" result_has none \
		'.ok and .bad.halted_cells == [] and .bad.failed == 0 and
		 .bad.exposed == 0 and .bad.seconds_to_halt == null'
	check "without a broken cell everybody gets the next release" \
		result_has none '.bad.other_cells == "completed" and
			.slots == {right: 90, of: 90}'
	check "another cell, seed and file of one byte end well, too" \
		result_has other '.ok and .seed == 42 and
			.bad.halted_cells == ["rev-c/jp"] and
			.bad.failed <= 9'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
