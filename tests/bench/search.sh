# Which weights, deadlines and caps harm fewest devices, over the scenarios of
# bench_search.c. It takes half an hour, so that it is run by its name alone.

bench_search_packages="jq"
bench_search_server=no

search_plan=tests/bench/rollout-plan.json
search_runs=20
search_seed=1

bench_search() {
	echo "# the plan of $search_plan with one thing changed: devices"
	echo "# that failed where the release is sick, on average, and their sum; then of"
	echo "# a healthy one: runs that halted, share of the time on hold, hours to its end"
	build/bench-search "$search_plan" "$search_runs" "$search_seed"
}
