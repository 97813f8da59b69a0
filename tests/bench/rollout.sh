# What the halting rule does to a stage, simulated, against the rules of
# others on the same fleets. No server takes part.

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

bench_rollout() {
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
