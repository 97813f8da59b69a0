# A durable report against the same server with its storage off.

bench_report_packages="wrk procps"

bench_report() {
	cp -r "$work/data" "$work/data-off"
	build/bench-server "$work/data-off" "$off_port" 2>"$work/off.log" &
	off_pid=$!
	pids="$pids $off_pid"
	sleep 1
	off="http://127.0.0.1:$off_port"
	next=0
	for connections in 64 256; do
		: >"$work/stored"
		: >"$work/off"
		commits=$(metric pawl_sql_commits_total)
		for _ in $(seq "$ROUNDS"); do
			run_wrk "$pawld_pid" "$url" "$connections" \
				tests/bench/report.lua "$work/devices" "$next" \
				>>"$work/stored"
			run_wrk "$off_pid" "$off" "$connections" \
				tests/bench/report.lua "$work/devices" "$next" \
				>>"$work/off"
			next=$((next + 10000))
		done
		commits=$(($(metric pawl_sql_commits_total) - commits))
		requests=$(awk '{ n += $5 } END { print n }' "$work/stored")
		errors=$(awk '{ n += $4 } END { print n }' "$work/stored")
		echo "# POST /v1/reports, one item each, $connections connections, each answered"
		echo "# after its commit is on disk, against the same server storing nothing;"
		echo "# wrk, $ROUNDS rounds of $SECONDS_EACH s in turn, medians"
		echo "report-$connections $(median "$work/stored" 1) req/s"
		echo "report-$connections-ratio $(ratio "$(median "$work/stored" 1)" "$(median "$work/off" 1)")"
		echo "report-$connections-p99 $(median "$work/stored" 3) ms"
		echo "report-$connections-p99-ratio $(ratio "$(median "$work/stored" 3)" "$(median "$work/off" 3)")"
		echo "report-$connections-commits $(ratio "$commits" "$requests") commits/report"
		echo "report-$connections-errors $errors errors"
	done
}

