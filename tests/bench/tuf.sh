# Many targets: written, signed, published and fetched; python-tuf beside it
# where it can be had, jansson always.

bench_tuf_packages="curl jq"
bench_tuf_server=no # it starts its own, of another repository

tuf_rounds=5
tuf_n=100000
tuf_bits=8
tuf_file_bytes=4096
# What one publish of one target more waits for: the blob's folder and the one
# above it, the journal, the all-hold set and its folder, the database's log
# once for its head and once for the transaction.
tuf_flushes=7

tuf_repo() {
	build/pawl-repo -C "$work/repo" "$@" >>"$work/tuf.log" 2>&1
}
tuf_sign() {
	tuf_repo sign --all --yes -q --passphrase-file "$work/passphrase"
}
tuf_run() { # rounds, command…: its wall time in ms
	build/bench-tuf run "$@" 2>>"$work/tuf.log"
}

# A signed repository whose releases.coat has so many empty bins.
tuf_found() { # bins
	if [ ! -d "$work/empty-$1" ]; then
		tuf_init "$1" || return 1
		cp -r "$work/repo" "$work/empty-$1"
	fi
	# Nothing is deleted between rounds: some file systems go on looking for
	# a free place among what was just deleted.
	tuf_rounds_done=$((${tuf_rounds_done:-0} + 1))
	[ ! -d "$work/repo" ] || mv "$work/repo" "$work/repo-$tuf_rounds_done"
	cp -r "$work/empty-$1" "$work/repo"
	sync
}
tuf_init() { # bins
	rm -rf "$work/repo"
	build/pawl-repo init "$work/repo" --yes --kdf light \
		--passphrase-file "$work/passphrase" >>"$work/tuf.log" 2>&1 &&
		tuf_repo product add coat --yes --kdf light \
			--passphrase-file "$work/passphrase" && tuf_sign &&
		tuf_repo delegate releases.coat --bins "$1" && tuf_sign
}

# Import and sign, as an engineer does; "MS CPU_MS" of both together.
tuf_import() { # list
	{
		build/bench-tuf run 1 build/pawl-repo -C "$work/repo" -q \
			release import "$1" --product coat
		build/bench-tuf run 1 build/pawl-repo -C "$work/repo" sign \
			releases.coat --yes -q \
			--passphrase-file "$work/passphrase"
	} 2>>"$work/tuf.log" |
		awk '/^[0-9.]+ [0-9.]+ [0-9]+ [0-9.]+$/ { ms += $1; cpu += $2; n++ }
			END { if (n == 2) print ms, cpu }'
}

bench_tuf_emit() {
	echo "# one role of N targets, sorted and written as signed (emit), against"
	echo "# json_dumps(JSON_SORT_KEYS | JSON_COMPACT) of the same entries in the same"
	echo "# mixed order (its tree is built already); canonical: the same bytes out of a"
	echo "# parsed tree, which is what a client does; processor time, medians of 15"
	for n in 1000 10000 100000; do
		build/bench-tuf emit "$n"
	done
}

bench_tuf_growth() {
	echo "# N targets in memory put into the bins that suit so many, written and signed by"
	echo "# two ed25519 keys (build), one target more: its bin read, verified, changed and"
	echo "# signed (add), one looked up in a bin just fetched (find); processor time"
	for pair in 1000:5 10000:7 100000:8 1000000:10; do
		build/bench-tuf build "${pair%:*}" "${pair#*:}"
	done
	echo "# the same from a list by pawl-repo release import and sign: to disk and synced"
	for pair in 1000:32 10000:128 1000000:1024; do
		build/bench-tuf list "${pair%:*}" >"$work/list" &&
			tuf_found "${pair#*:}" || return 1
		tuf_import "$work/list" | awk -v n="${pair%:*}" '{
			print "import-" n, $1, "ms"
			print "import-" n "-cpu", $2, "ms" }'
		echo "delta/coat/one-more.bin 4096 $(printf '%064d' 7)" \
			>"$work/one"
		tuf_import "$work/one" | awk -v n="${pair%:*}" '{
			print "import-" n "-add", $1, "ms"
			print "import-" n "-add-cpu", $2, "ms" }'
	done
}

# What a full build costs, beside hashing the files it lists.
bench_tuf_full() {
	mkdir "$work/files"
	build/bench-tuf files "$work/files" "$tuf_n" "$tuf_file_bytes" \
		>"$work/list" || return 1
	: >"$work/full"
	for _ in $(seq "$tuf_rounds"); do
		tuf_found $((1 << tuf_bits)) || return 1
		hash=$(build/bench-tuf hash "$work/files" "$tuf_n" \
			"$tuf_file_bytes")
		memory=$(build/bench-tuf build "$tuf_n" "$tuf_bits" |
			awk '$1 ~ /^build-[0-9]*$/ { print $2 }')
		echo "$hash $memory $(tuf_import "$work/list")" >>"$work/full"
	done
	hash=$(median "$work/full" 1)
	echo "# $tuf_n targets in $((1 << tuf_bits)) bins, built and signed, against two threads hashing as"
	echo "# many files of $tuf_file_bytes bytes out of the page cache; full: in memory; import: by"
	echo "# pawl-repo release import and sign from a list with the hashes, every file"
	echo "# written and synced twice (staged and complete); $tuf_rounds rounds in turn, medians"
	echo "full-hash $hash ms"
	echo "full $(median "$work/full" 2) ms"
	echo "full-ratio $(ratio "$(median "$work/full" 2)" "$hash")"
	echo "full-import $(median "$work/full" 3) ms"
	echo "full-import-ratio $(ratio "$(median "$work/full" 3)" "$hash")"
	echo "full-import-cpu $(median "$work/full" 4) ms"
	echo "full-import-cpu-ratio $(ratio "$(median "$work/full" 4)" "$hash")"
}

# A server of the repository that bench_tuf_full() left. Its blobs are there
# already, since sending them is not what is measured.
tuf_serve() {
	mkdir "$work/data" && mv "$work/files" "$work/data/blobs"
	(
		umask 077
		build/pawld --set data_dir="$work/data" token add --name bench \
			--scopes admin >"$work/token"
	) || return 1
	build/pawld --set data_dir="$work/data" \
		--set online_keys="$work/repo/online" \
		--set listen=127.0.0.1:0 --set ops_listen=off --set threads=2 \
		2>"$work/pawld.log" &
	pawld_pid=$!
	pids="$pids $pawld_pid"
	port=""
	tries=0
	while [ -z "$port" ] && [ "$tries" -lt 100 ]; do
		sleep 0.1
		port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
			"$work/pawld.log")
		tries=$((tries + 1))
	done
	url="http://127.0.0.1:$port"
	[ -n "$port" ]
}

# Publishes these files; prints the ms from the first byte sent to the answer.
tuf_post() { # file…
	for file in "$@"; do
		jq -Rsc --arg name "${file##*/}" '{name: $name, text: .}' "$file"
	done | jq -sc '{reason: "bench", files: .}' >"$work/body"
	curl -s -o "$work/answer" -w '%{http_code} %{time_total}\n' \
		-H "Authorization: Bearer $(cat "$work/token")" \
		-H 'Expect:' --data-binary "@$work/body" \
		"$url/v1/admin/publish" |
		awk '$1 == 200 { print 1000 * $2; ok = 1 } END { exit !ok }' ||
		{
			cat "$work/answer" >>"$work/tuf.log"
			return 1
		}
}

# One more target: staged, signed and published.
tuf_add() { # nth
	printf 'one more %s' "$1" >"$work/new"
	sha256=$(sha256sum "$work/new" | cut -d' ' -f1)
	cp "$work/new" "$work/data/blobs/$(echo "$sha256" | cut -c1-2)/$sha256"
	echo "delta/coat/more-$1.bin $(wc -c <"$work/new") $sha256" \
		>"$work/one"
	before=$(ls "$work/repo/metadata" | wc -l)
	tools=$(tuf_import "$work/one")
	[ "$(ls "$work/repo/metadata" | wc -l)" -eq $((before + 1)) ] || return 1
	newest=$(ls -t "$work/repo/metadata" | head -n 1)
	cpu=$(tuf_server_cpu)
	ms=$(tuf_post "$work/repo/metadata/$newest") || return 1
	echo "$ms $tools $(tuf_server_cpu | awk -v from="$cpu" '{ print $1 - from }')" \
		>>"$work/add"
}
tuf_server_cpu() { # ms on a processor, all its threads
	cat "/proc/$pawld_pid"/task/*/schedstat |
		awk '{ ns += $1 } END { printf "%.3f\n", ns / 1e6 }'
}

tuf_python() { # prints the median of python-tuf's `add`, in bins
	. tests/interop/python-tuf/python-tuf.sh
	: >>"$work/log"
	python_tuf_setup || {
		echo "# python-tuf: not run: $reason"
		return 0
	}
	for bits in "$tuf_bits" 0; do
		"$home/bin/python" tests/bench/python_tuf.py "$tuf_n" "$bits" \
			"$work/data" >"$work/python-$bits" || return 1
	done
	echo "# python-tuf $version in memory: $((1 << tuf_bits)) bins, and one role"
	for bits in "$tuf_bits" 0; do
		awk -v of="$([ "$bits" = 0 ] && echo role || echo bins)" \
			'{ print "python-" of "-" $1, $2, "ms" }' \
			"$work/python-$bits"
	done
}
tuf_python_ms() { # bits, line
	awk -v line="$2" '$1 == line { print $2 }' "$work/python-$1"
}

tuf_ours() { # line
	awk -v line="$1" '$1 == line { print $2 }' "$work/ours"
}

# All roots, and of each other role the newest version.
tuf_newest() {
	ls "$work"/repo/metadata/*.json |
		awk -F/ '{ role = $NF; sub(/^[0-9]*\./, "", role)
			v = $NF + 0
			if (role == "root.json") print
			else if (v > best[role]) { best[role] = v; at[role] = $0 } }
			END { for (r in at) print at[r] }'
}

bench_tuf_publish() {
	tuf_serve || return 1
	# shellcheck disable=SC2046
	first=$(tuf_post $(tuf_newest)) || return 1
	: >"$work/add"
	for nth in $(seq "$tuf_rounds"); do
		tuf_add "$nth" || return 1
	done
	echo "# the first publish of $tuf_n targets: the gate looks up every one"
	echo "publish-first $first ms"
	echo "# one target more in one of $((1 << tuf_bits)) bins: add-publish from the request until it"
	echo "# is answered, which is after everything is verified, signed, stored and synced;"
	echo "# add-tools: pawl-repo release import and sign before it, which read and verify"
	echo "# the whole repository; medians of $tuf_rounds"
	echo "add-publish $(median "$work/add" 1) ms"
	echo "add-publish-cpu $(median "$work/add" 4) ms"
	echo "# what the disk alone takes of that: $tuf_flushes flushes one after the other, of 4,096 bytes"
	echo "add-publish-floor $(build/bench-tuf flush "$work/data" "$tuf_flushes") ms"
	echo "add-tools $(median "$work/add" 2) ms"
	echo "add-tools-cpu $(median "$work/add" 3) ms"
	tuf_python || return 1
	mkdir "$work/kept" &&
		build/bench-add "$tuf_n" "$tuf_bits" "$work/kept" >"$work/ours" ||
		return 1
	echo "# this library doing what python_tuf.py does: a target's bin, snapshot and timestamp"
	echo "# signed in memory; and the same in a database as pawld has it, durable in its log"
	echo "# (which is copied back later, by the server between batches)"
	echo "add-memory $(tuf_ours add) ms"
	echo "add-durable $(tuf_ours keep) ms"
	if [ -s "$work/python-0" ]; then
		echo "# python-tuf signing alone, against both: speed-up"
		echo "add-memory-ratio $(ratio "$(tuf_python_ms "$tuf_bits" add)" "$(tuf_ours add)")"
		echo "add-durable-ratio $(ratio "$(tuf_python_ms "$tuf_bits" add)" "$(tuf_ours keep)")"
		echo "# python-tuf signing, writing and flushing its three files, against add-durable"
		echo "add-durable-kept-ratio $(ratio "$(tuf_python_ms "$tuf_bits" keep)" "$(tuf_ours keep)")"
		echo "# python-tuf signing alone, against add-publish, durable: speed-up"
		echo "add-publish-bins-ratio $(ratio "$(tuf_python_ms "$tuf_bits" add)" "$(median "$work/add" 1)")"
		echo "add-publish-role-ratio $(ratio "$(tuf_python_ms 0 add)" "$(median "$work/add" 1)")"
		echo "# python-tuf signing, writing and flushing its three files on the same disk; it"
		echo "# verifies nothing and keeps no history"
		echo "add-publish-bins-kept-ratio $(ratio "$(tuf_python_ms "$tuf_bits" keep)" "$(median "$work/add" 1)")"
		echo "add-publish-role-kept-ratio $(ratio "$(tuf_python_ms 0 keep)" "$(median "$work/add" 1)")"
		echo "# python-tuf building and signing all, against full: speed-up"
		awk '{ n += ($1 == "build" || $1 == "sign") * $2 } END { print n }' \
			"$work/python-$tuf_bits" >"$work/python-full"
		echo "full-bins-ratio $(ratio "$(cat "$work/python-full")" "$(median "$work/full" 2)")"
	fi
	bench_tuf_refresh
}

bench_tuf_refresh() {
	mkdir "$work/store" "$work/got"
	get="build/pawl-get --metadata-url $url/metadata --metadata-dir $work/store"
	$get init "$work/repo/metadata/1.root.json" >>"$work/tuf.log" &&
		$get refresh >>"$work/tuf.log" || return 1
	# shellcheck disable=SC2086
	tuf_run 51 $get refresh >"$work/refresh" || return 1
	path=$(awk 'NR == 777 { print $1 }' "$work/list")
	rm -rf "$work/got"
	# shellcheck disable=SC2086
	tuf_run 1 $get --target-name "$path" --target-dir "$work/got" \
		--target-base-url "$url/targets" download >"$work/download" ||
		return 1
	echo "# pawl-get, a whole process over loopback: refresh when nothing is new, and one"
	echo "# target of $tuf_n in $((1 << tuf_bits)) bins looked up and fetched; against pawl-get --version."
	echo "# Medians of 51 (-least: the fastest); memory is the peak resident set (ru_maxrss)"
	tuf_run 51 build/pawl-get --version >"$work/start" || return 1
	for what in start refresh download; do
		tail -n 1 "$work/$what" | awk -v what="$what" '{
			print what, $1, "ms"
			print what "-cpu", $2, "ms"
			print what "-memory", $3, "KiB"
			print what "-least", $4, "ms" }'
	done
}

bench_tuf() {
	echo bench >"$work/passphrase"
	chmod 600 "$work/passphrase"
	bench_tuf_emit && bench_tuf_full && bench_tuf_publish &&
		bench_tuf_growth || {
		echo "bench: tuf failed:" >&2
		tail -n 20 "$work/tuf.log" >&2
		return 1
	}
}
