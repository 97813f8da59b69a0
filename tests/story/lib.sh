# What stories share; each begins with
#
#	. "${top_srcdir:?}/tests/story/lib.sh"
#
# and ends with story_end. A story works in $work, a fresh folder that goes
# away with it, and calls the programs by name: they come from
# $top_builddir. It stops at nothing; each check is one sentence that passed
# or failed.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
PATH=$top_builddir:$PATH
export PATH
LC_ALL=C
export LC_ALL
umask 022

passed=0
failed=0
pids=
work=$(mktemp -d) || exit 1
# The last command's standard output and error.
out=$work/.out
err=$work/.err

story_cleanup() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap story_cleanup EXIT
trap 'exit 130' INT TERM HUP

# check SENTENCE STATUS: 0 passes.
check() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1"
	fi
}

# run COMMAND…: remembers its output in $out and $err, returns its status.
run() {
	"$@" >"$out" 2>"$err"
}

# works SENTENCE COMMAND…
works() {
	sentence=$1
	shift
	run "$@"
	status=$?
	check "$sentence" "$status"
	[ "$status" -eq 0 ] || sed 's/^/  /' "$err"
}

# refused SENTENCE EXIT TEXT COMMAND…: ends with exactly this code, and its
# error output says the text.
refused() {
	sentence=$1
	want=$2
	text=$3
	shift 3
	run "$@"
	status=$?
	if [ "$status" -eq "$want" ] && grep -qF -- "$text" "$err"; then
		check "$sentence" 0
	else
		check "$sentence" 1
		echo "  exit $status instead of $want, or it does not say: $text"
		sed 's/^/  /' "$err"
	fi
}

# says TEXT: the last command printed it on standard output.
says() {
	grep -qF -- "$1" "$out"
	status=$?
	check "it says: $1" "$status"
	[ "$status" -eq 0 ] || sed 's/^/  /' "$out"
}

# private FILE TEXT: a file nobody else can read.
private() {
	(umask 077 && printf '%s\n' "$2" >"$1")
}

# start NAME COMMAND…: in the background until the story ends; its output is
# in $work/NAME.log and its process id in $started.
start() {
	name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 &
	started=$!
	pids="$pids $started"
}

# within SECONDS COMMAND…: tries until it succeeds; for a server to come up.
within() {
	tries=$(($1 * 10))
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return 0
		tries=$((tries - 1))
		sleep 0.1
	done
	return 1
}

# make_repo DIR: a small signed repository with product coat; passphrase in
# $work/pass, key files cheap to open. More options of init may follow.
make_repo() {
	dir=$1
	shift
	[ -e "$work/pass" ] || private "$work/pass" "open sesame"
	pawl-repo init "$dir" --passphrase-file "$work/pass" --kdf light -q \
		"$@" >/dev/null &&
		pawl-repo -C "$dir" product add coat -q --kdf light \
			--passphrase-file "$work/pass" >/dev/null &&
		sign_all "$dir"
}

# sign_all DIR [OPTION…]: with every key in its keys/ folder.
sign_all() {
	dir=$1
	shift
	pawl-repo -C "$dir" sign --all -q --passphrase-file "$work/pass" \
		"$@" >/dev/null
}

story_end() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
