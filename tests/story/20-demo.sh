#!/bin/sh
# What script/demo promises: it shows what really happened, whatever the file,
# the seed and the cell, and says so when it did not. Runs the programs of
# $top_builddir; each run has a server and a fleet of its own.
. "${top_srcdir:?}/tests/story/lib.sh"

PAWL_BUILD=$top_builddir
export PAWL_BUILD
demo=$top_srcdir/script/demo

result_has() { # RUN, jq expression
	jq -e "$2" "$work/$1.json" && return 0
	cat "$work/$1.json" >&2
	tail -n 25 "$work/$1.log" >&2
	return 1
}
ended_with() { # RUN, STATUS
	[ "$(cat "$work/$1.status")" = "$2" ] && return 0
	tail -n 5 "$work/$1.log" >&2
	return 1
}
left_nothing() { # RUN
	[ -z "$(ls -A "$work/$1.tmp")" ] && return 0
	ls -A "$work/$1.tmp" >&2
	return 1
}

is_one_object() { # RUN
	jq -es 'map(type) == ["object"]' "$work/$1.json"
}

play() { # NAME, ARGUMENT…: one demo to its end
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
play flip --devices 45 --proxy-flip
play empty --devices 9 /dev/null
play default &
first=$!
pids="$pids $first"
if grep -q '^#define PAWL_SANITIZED' "$top_builddir/config.h"; then
	# Slower; one run shows the programs all they do.
	wait "$first"
	all=no
else
	play none --devices 90 --seed 7 --bad none
	wait "$first"
	play other --devices 90 --seed 42 --bad rev-c/jp "$odd"
	all=yes
fi

# ---- As it comes ----

works "the demo ends well" ended_with default 0
works "its answer is one JSON object and nothing else" \
	is_one_object default
works "everything it claims happened" result_has default '.ok and .why == []'
works "two hundred devices ran the good release" result_has default \
	'.devices == 200 and .good == {state: "completed", updated: 200}'
works "exactly the broken cell halted" result_has default \
	'.bad.halted_cells == ["rev-b/us"]'
works "fewer than ten devices failed, and no more were exposed than failed" \
	result_has default '.bad.failed >= 2 and .bad.failed <= 9 and
		.bad.exposed == .bad.failed'
works "the halt came by itself while the rollout ran" result_has default \
	'.bad.seconds_to_halt >= 0 and .bad.seconds_to_halt < 30'
works "the other cells completed" result_has default \
	'.bad.other_cells == "completed"'
works "the plan's cost was said before" result_has default \
	'.forecast | map(.fail_ppm) | index(0) != null and
		index(100000) != null'
works "it waited where devices were out of reach" result_has default \
	'.held | index("rev-a/jp") != null'
works "who ran the bad release is back on the good one" result_has default \
	'.recall.state == "completed" and .recall.back == .recall.of and
	 .recall.of > 150'
works "every acknowledged report is stored" result_has default \
	'.reports.acknowledged == .reports.stored and
	 .reports.stored > 2000'
works "every active slot has the right sha256" result_has default \
	'.slots == {right: 200, of: 200}'
works "devices verified every image they installed" result_has default \
	'.bytes_verified > 200 * 2 * 50000 * 0.8'
works "it leaves nothing behind" left_nothing default

# ---- When it is not true ----

works "a flipped byte ends the demo with a failure" ended_with flip 1
works "a flipped byte makes ok false" result_has flip '.ok == false'
works "a flipped byte updates nobody" result_has flip \
	'.good.updated == 0 and .slots.right == 0 and .bytes_verified == 0'
works "the refusal says what came and what was needed" result_has flip \
	'any(.why[]; test("sha256 is [0-9a-f]{64}, [0-9a-f]{64} is needed"))'
works "it leaves nothing behind after a failure" left_nothing flip
works "what is no firmware is refused" ended_with empty 1
works "and the answer is still one object, with the reason" \
	result_has empty '.ok == false and (.why[0] | test("/dev/null"))'

# ---- Whatever is asked for ----

if [ "$all" = yes ]; then
	works "without a broken cell nothing halts" result_has none \
		'.ok and .bad.halted_cells == [] and .bad.failed == 0 and
		 .bad.exposed == 0 and .bad.seconds_to_halt == null'
	works "without a broken cell everybody gets the next release" \
		result_has none '.bad.other_cells == "completed" and
			.recall == null and .slots == {right: 90, of: 90}'
	works "another cell, seed and file of one byte end well, too" \
		result_has other '.ok and .seed == 42 and
			.bad.halted_cells == ["rev-c/jp"] and
			.bad.failed <= 9'
fi

story_end
