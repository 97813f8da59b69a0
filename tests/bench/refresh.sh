# One part of tuf.sh alone, in seconds: what a client's refresh costs. As many
# bins, so the same snapshot, with few targets in them.

bench_refresh_packages="curl jq"
bench_refresh_server=no

. tests/bench/tuf.sh

bench_refresh_serve() {
	tuf_n=1000
	mkdir "$work/files"
	build/bench-tuf files "$work/files" "$tuf_n" "$tuf_file_bytes" \
		>"$work/list" &&
		tuf_found $((1 << tuf_bits)) &&
		tuf_import "$work/list" >>"$work/tuf.log" &&
		tuf_serve &&
		# shellcheck disable=SC2046
		tuf_post $(tuf_newest) >>"$work/tuf.log"
}

bench_refresh() {
	echo bench >"$work/passphrase"
	chmod 600 "$work/passphrase"
	bench_refresh_serve && bench_tuf_refresh || {
		echo "bench: refresh failed:" >&2
		tail -n 20 "$work/tuf.log" >&2
		return 1
	}
}
