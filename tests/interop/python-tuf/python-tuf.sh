# python-tuf: how to get it, and how to let it follow. Sourced by
# script/interop.

python_tuf_setup() {
	python3 -c 'import venv, ensurepip' 2>/dev/null ||
		script/setup --also python3-venv || :
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
		reason="$(python3 --version) is older than 3.10"
		return 1
	}
	home=build/interop/python-tuf
	{ [ -x "$home/bin/python" ] || python3 -m venv "$home"; } &&
		"$home/bin/pip" install -q --require-hashes \
			-r tests/interop/python-tuf/requirements.txt \
			>>"$work/log" 2>&1 || {
		reason="pip did not get its packages"
		return 1
	}
	version=$("$home/bin/python" -c 'import tuf; print(tuf.__version__)')
}

# STORE URL STEP… follow it.
python_tuf_driver="build/interop/python-tuf/bin/python tests/interop/python-tuf/follow.py"
# JSON documents, a line each, to the hex of their canonical forms.
python_tuf_canon="build/interop/python-tuf/bin/python
	tests/interop/python-tuf/canon.py"
