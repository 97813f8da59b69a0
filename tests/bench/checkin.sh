# An idle check-in against a file of 1 KB served by nginx.

bench_checkin_packages="nginx-light wrk procps"

bench_checkin() {
	mkdir "$work/www"
	head -c 1024 /dev/zero | tr '\0' x >"$work/www/1k.json"
	cat >"$work/nginx.conf" <<-CONF
		daemon off;
		worker_processes 2;
		pid $work/nginx.pid;
		error_log $work/nginx.log;
		events { worker_connections 1024; }
		http {
			access_log off;
			sendfile on;
			open_file_cache max=10;
			keepalive_requests 1000000;
			client_body_temp_path $work/n1;
			proxy_temp_path $work/n2;
			fastcgi_temp_path $work/n3;
			uwsgi_temp_path $work/n4;
			scgi_temp_path $work/n5;
			server {
				listen 127.0.0.1:$nginx_port;
				root $work/www;
			}
		}
	CONF
	chmod -R a+rX "$work"
	nginx -c "$work/nginx.conf" -p "$work" 2>/dev/null &
	nginx_pid=$!
	pids="$pids $nginx_pid"
	sleep 0.5
	statements=$(metric pawl_sql_statements_total)
	: >"$work/pawl"
	: >"$work/nginx"
	for _ in $(seq "$ROUNDS"); do
		run_wrk "$pawld_pid" "$url" 64 tests/bench/checkin.lua \
			"$work/devices" >>"$work/pawl"
		run_wrk "$nginx_pid" "http://127.0.0.1:$nginx_port" 64 \
			tests/bench/static.lua "$work/devices" >>"$work/nginx"
	done
	statements=$(($(metric pawl_sql_statements_total) - statements))
	requests=$(awk '{ n += $5 } END { print n }' "$work/pawl")
	errors=$(awk '{ n += $4 } END { print n }' "$work/pawl")
	echo "# idle POST /v1/checkin of $DEVICES devices, 2 threads, against nginx with 2"
	echo "# workers serving 1 KB; wrk, 64 connections kept alive, $ROUNDS rounds of"
	echo "# $SECONDS_EACH s in turn, medians; the load shares the cores"
	echo "checkin $(median "$work/pawl" 1) req/s"
	echo "checkin-ratio $(ratio "$(median "$work/pawl" 1)" "$(median "$work/nginx" 1)")"
	echo "checkin-cpu $(median "$work/pawl" 2) us/req"
	echo "checkin-cpu-ratio $(ratio "$(median "$work/pawl" 2)" "$(median "$work/nginx" 2)")"
	echo "checkin-p99 $(median "$work/pawl" 3) ms"
	echo "# last-seen times go to disk once a minute, in commits of 512 devices"
	echo "checkin-statements $statements statements in $requests check-ins"
	echo "checkin-errors $errors errors"
}
