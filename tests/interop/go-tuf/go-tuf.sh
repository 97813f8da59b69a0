# go-tuf: how to get it, and how to let it follow. Sourced by script/interop.

go_tuf_setup() {
	command -v go >/dev/null || {
		reason="no go; this go-tuf wants 1.25, Debian 12 has 1.19"
		return 1
	}
	mkdir -p build/interop
	(cd tests/interop/go-tuf && GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
		go build -o ../../../build/interop/go-tuf . &&
		GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
			go build -o ../../../build/interop/go-canon ./canon) \
		>>"$work/log" 2>&1 || {
		reason="$(go version) could not build it (it wants 1.25)"
		return 1
	}
	version=$(sed -n 's#.*/theupdateframework/go-tuf/v2 v##p' \
		tests/interop/go-tuf/go.mod)
}

# STORE URL STEP… follow it.
go_tuf_driver="build/interop/go-tuf"
# JSON documents, a line each, to the hex of their canonical forms.
go_tuf_canon="build/interop/go-canon"
