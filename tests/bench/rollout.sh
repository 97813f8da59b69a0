# What the halting rule does to a stage, simulated, against the rules of
# others on the same fleets; and what a whole plan does to a fleet. No server
# takes part.

bench_rollout_packages="jq"
bench_rollout_server=no

rollout_runs=20000
rollout_seed=1

# The three figures of a rule and their intervals, as shell words.
rollout_run() { # true share, stage, rule
	build/pawl-sim run --p "$1" --stage "$2" --rule "$3" --p0 0.02 \
		--alpha 0.05 --runs "$rollout_runs" --seed "$rollout_seed" \
		--json
}
rollout_line() { # name, figure, decimals, unit; the answer on stdin
	jq -r --arg f "$2" '"\(.[$f]) \(.[$f + "_95"][0]) \(.[$f + "_95"][1])"' |
		awk -v name="$1" -v d="$3" -v unit="$4" '{
			printf "%s %.*f %s (95%% interval %.*f to %.*f)\n",
				name, d, $1, unit, d, $2, d, $3 }'
}

rollout_one_stage() {
	echo "# one stage of 1000 devices that report in turn, a look at every report;"
	echo "# tolerance 2 %, alpha 5 %, weight 1; $rollout_runs runs, seed $rollout_seed;"
	echo "# the peers' rules meet the same fleets: hawkBit's error threshold of 2 %,"
	echo "# more than 2 % of those that reported, the same from 100 reports on"
	echo "# goals: halted in at most 0.005 of runs at 1 % and 0.05 at 2 %"
	for p in 1 2; do
		for rule in eprocess hawkbit percent percent-min; do
			rollout_run "$p%" 1000 "$rule" |
				rollout_line "rollout-$p-halted-$rule" p_halt 4 "of runs"
		done
	done
	echo "# goals: always halted; at most 5.5 failed at 10 % and 2.8 at 30 %"
	for p in 10 30; do
		for rule in eprocess hawkbit percent percent-min; do
			rollout_run "$p%" 1000 "$rule" >"$work/$rule"
			rollout_line "rollout-$p-halted-$rule" p_halt 4 "of runs" \
				<"$work/$rule"
			rollout_line "rollout-$p-failed-$rule" mean_failed 2 devices \
				<"$work/$rule"
		done
		rollout_run "$p%" 10000 hawkbit |
			rollout_line "rollout-$p-failed-hawkbit-of-10000" mean_failed \
				2 devices
		echo "rollout-$p-failed-ratio $(ratio \
			"$(jq .mean_failed "$work/eprocess")" \
			"$(jq .mean_failed "$work/hawkbit")")"
	done
}

rollout_plan=tests/bench/rollout-plan.json

# A fleet for every cell of the plan: devices in all, then parts per million
# that fail and that brick, everywhere and in the cell a7/eu, which has 5 % of
# all devices; 5 % are silent by nature.
rollout_fleet() { # devices, fail, brick, fail in a7/eu
	jq -n --slurpfile plan "$rollout_plan" --argjson n "$1" \
		--argjson fail "$2" --argjson brick "$3" --argjson sick "$4" '
		($n / 20 | floor) as $small |
		$plan[0] | ((.hw | length) * (.regions | length) - 1) as $others |
		{download_s: 600, boot_s: 300, cells: [
			.hw[] as $hw | .regions[] as $region |
			($hw == "a7" and $region == "eu") as $it |
			{hw: $hw, region: $region, poll_s: 3600,
			 devices: (if $it then $small
				else ($n - $small) / $others | floor end),
			 fail_ppm: (if $it then $sick else $fail end),
			 brick_ppm: $brick, silent_ppm: 50000}]}'
}
rollout_forecast() { # name, runs; the fleet on stdin
	cat >"$work/fleet.json"
	build/pawl-sim plan "$rollout_plan" --fleet "$work/fleet.json" \
		--runs "$2" --seed "$rollout_seed" --json >"$work/$1"
}

rollout_whole_plan() {
	echo "# a plan of 1 %, 5 %, 25 % and all in twelve cells, otherwise as pawl-repo"
	echo "# makes it; 20000 devices that poll hourly, 5 % of them silent by nature"
	echo "# 1 % failing; goal: halted in at most 0.05 of runs"
	rollout_fleet 20000 10000 0 10000 | rollout_forecast healthy 200
	rollout_line rollout-plan-healthy-halted p_halt 4 "of runs" <"$work/healthy"
	rollout_line rollout-plan-healthy-completed p_complete 4 "of runs" \
		<"$work/healthy"
	echo "# goal: some scope is on hold for less than 0.05 of its time"
	build/bench-engine held "$rollout_plan" 40 "$rollout_seed"
	echo "# 10 % failing everywhere; goals: always halted, at most 8 failed"
	rollout_fleet 20000 100000 0 100000 | rollout_forecast all 2000
	rollout_line rollout-plan-all-halted p_halt 4 "of runs" <"$work/all"
	rollout_line rollout-plan-all-failed mean_failed 2 devices <"$work/all"
	echo "# 10 % failing in one cell, 1 % elsewhere; goals: that cell halts and in"
	echo "# 0.95 of runs nothing else, at most 11 failed in it, the others complete"
	rollout_fleet 20000 10000 0 100000 | rollout_forecast one 200
	rollout_line rollout-plan-one-others-halted p_false_halt 4 "of runs" \
		<"$work/one"
	rollout_line rollout-plan-one-completed p_complete 4 "of runs" <"$work/one"
	jq -c '.cells[] | select(.hw == "a7" and .region == "eu")' "$work/one" \
		>"$work/cell"
	rollout_line rollout-plan-one-halted p_halt 4 "of runs" <"$work/cell"
	rollout_line rollout-plan-one-failed mean_failed 2 devices <"$work/cell"
	echo "# 2000 devices, 30 % bricked without a word; goal: at most 14"
	rollout_fleet 2000 0 300000 0 | rollout_forecast brick 2000
	rollout_line rollout-plan-brick-halted p_halt 4 "of runs" <"$work/brick"
	rollout_line rollout-plan-brick-failed mean_failed 2 devices \
		<"$work/brick"
}

# The same plan, fleets and clock under the rules of others: without caps,
# holds, deadlines and cells, over what devices report.
rollout_peer() { # case, rule, runs; the fleet on stdin
	cat >"$work/fleet.json"
	build/pawl-sim plan "$rollout_plan" --fleet "$work/fleet.json" \
		--rule "$2" --runs "$3" --seed "$rollout_seed" --json \
		>"$work/$1-$2"
	rollout_line "rollout-plan-$1-halted-$2" p_halt 4 "of runs" \
		<"$work/$1-$2"
	rollout_line "rollout-plan-$1-failed-$2" mean_failed 2 devices \
		<"$work/$1-$2"
}
rollout_peers() {
	echo "# the same under the rules of peers: a group is what a stage adds"
	for rule in hawkbit percent percent-min; do
		rollout_fleet 20000 10000 0 10000 | rollout_peer healthy $rule 200
		rollout_fleet 20000 100000 0 100000 | rollout_peer all $rule 2000
		rollout_fleet 20000 10000 0 100000 | rollout_peer one $rule 200
		rollout_fleet 2000 0 300000 0 | rollout_peer brick $rule 200
	done
}

rollout_cost() {
	echo "# what the engine takes, in time of the processor, with 100000 trials in"
	echo "# 1024 cells; goals: a decision and a report below 1 us, all cells 1 ms"
	build/bench-engine cost
}

bench_rollout() {
	rollout_cost
	rollout_one_stage
	rollout_whole_plan
	rollout_peers
}
