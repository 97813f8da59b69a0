# A server with enrolled devices, and what every measurement needs. Sourced by
# script/bench; everything is below $work.

DEVICES=1000
ROUNDS=5
SECONDS_EACH=2

bench_port() { # log file: the port it names, once it does
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		port=$(sed -n 's/.*serving on port \([0-9]*\), operations on port \([0-9]*\).*/\1 \2/p' "$1")
		[ -n "$port" ] && break
		sleep 0.25
	done
	[ -n "$port" ]
}

# A batch, and DEVICES enrolled in it: lines "TOKEN ID" in $work/devices.
bench_enrol() {
	batch=$(curl -sf -X POST "$url/v1/admin/batches" \
		-H "Authorization: Bearer $(cat "$work/token")" \
		-d "{\"id\":\"bench\",\"product\":\"coat\",\"hw\":[\"rev-a\"],\"regions\":[\"eu\"],\"channels\":[\"lab\"],\"quota\":$DEVICES,\"expires\":\"2099-01-01T00:00:00Z\",\"reason\":\"bench\"}" |
		jq -r .token)
	[ -n "$batch" ] || return 1
	i=0
	: >"$work/enrol"
	while [ "$i" -lt "$DEVICES" ]; do
		id=$(printf '%016x%016x' "$i" 7)
		printf 'next\nurl = "%s/v1/enrol"\nsilent\noutput = "-"\nwrite-out = " %s\\n"\ndata = "%s"\n' \
			"$url" "$id" \
			"{\\\"batch_token\\\":\\\"$batch\\\",\\\"product\\\":\\\"coat\\\",\\\"hw\\\":\\\"rev-a\\\",\\\"region\\\":\\\"eu\\\",\\\"channel\\\":\\\"lab\\\",\\\"id\\\":\\\"$id\\\"}" \
			>>"$work/enrol"
		i=$((i + 1))
	done
	curl -K "$work/enrol" | sed -n 's/.*"token":"\([^"]*\)"} *\([0-9a-f]*\)$/\1 \2/p' \
		>"$work/devices"
	[ "$(wc -l <"$work/devices")" -eq "$DEVICES" ]
}

bench_open() {
	(
		umask 077
		build/pawld --set data_dir="$work/data" token add --name bench \
			--scopes admin >"$work/token"
	) || return 1
	build/pawld --set data_dir="$work/data" --set listen=127.0.0.1:0 \
		--set ops_listen=127.0.0.1:0 --set threads=2 \
		--set device_rate=1000000 2>"$work/pawld.log" &
	pawld_pid=$!
	pids="$pids $pawld_pid"
	bench_port "$work/pawld.log" || return 1
	url="http://127.0.0.1:${port% *}"
	ops="http://127.0.0.1:${port#* }"
	bench_enrol
}

# CPU of a process and its children, in ticks (user + system).
cpu_ticks() {
	total=0
	for p in "$1" $(pgrep -P "$1" 2>/dev/null); do
		t=$(awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$p/stat" 2>/dev/null)
		total=$((total + ${t:-0}))
	done
	echo "$total"
}

metric() {
	curl -s "$ops/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

# One run of wrk: requests/s, CPU microseconds each, p99 in ms, errors.
run_wrk() { # pid, url, connections, script, arguments…
	pid=$1
	at=$2
	connections=$3
	script=$4
	shift 4
	before=$(cpu_ticks "$pid")
	wrk -t1 -c"$connections" -d"${SECONDS_EACH}s" -s "$script" "$at" -- "$@" \
		>"$work/wrk" 2>&1
	after=$(cpu_ticks "$pid")
	awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '/^RESULT/ {
		printf "%.0f %.2f %.2f %d %d\n", $2 / ($3 / 1e6),
			ticks / hz * 1e6 / $2, $4 / 1000, $5, $2 }' "$work/wrk"
}

# The median of a column of a file.
median() { # file, column
	awk -v c="$2" '{ print $c }' "$1" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", b ? a / b : 0 }'
}
