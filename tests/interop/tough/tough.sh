# tough: how to get it, and how to let it follow. Sourced by script/interop.

tough_setup() {
	command -v cargo >/dev/null || {
		reason="no cargo; this tough wants Rust 1.85, Debian 12 has 1.63"
		return 1
	}
	cargo build --quiet --locked --manifest-path \
		tests/interop/tough/Cargo.toml --target-dir build/interop/tough \
		>>"$work/log" 2>&1 || {
		reason="$(cargo --version) could not build it"
		return 1
	}
	version=$(sed -n '/^name = "tough"/{n;s/version = "\(.*\)"/\1/p;}' \
		tests/interop/tough/Cargo.lock)
}

# It asks by Range, but only for the rest of a request whose time is over; after
# a broken connection it gives up (http.rs: is_timeout, is_request).
tough_cases() {
	meet stalled
	overlay
	attack_begin stall 'radio.bin$'
	request_time=5
	check a_download_that_stalls_goes_on_by_range \
		goes_on_at_once stalled "$first" "$work/first.bin"
	request_time=20
	attack_end
}

# STORE URL STEP… follow it.
tough_driver="build/interop/tough/debug/follow"
