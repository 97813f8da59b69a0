# Our own client beside the others, so that whatever is asked of them is asked
# of it too. Sourced by script/interop.

pawl_get_setup() {
	[ -x build/pawl-get ] || {
		reason="build/pawl-get is not built"
		return 1
	}
	version=$(build/pawl-get --version | sed 's/.* //')
}

# STORE URL STEP… follow it.
pawl_get_driver="sh tests/interop/pawl-get/follow.sh"
