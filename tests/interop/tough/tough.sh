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

# STORE URL STEP… follow it.
tough_driver="build/interop/tough/debug/follow"
