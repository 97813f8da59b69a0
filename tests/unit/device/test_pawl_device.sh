#!/bin/sh
# pawl-device from outside: its command line and its exit codes.
set -eu
device=${top_builddir:?}/pawl-device
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0
check() { # sentence, wanted exit code, wanted text, command…
	sentence=$1
	code=$2
	text=$3
	shift 3
	status=0
	"$@" >"$dir/out" 2>&1 || status=$?
	if [ "$status" -eq "$code" ] && grep -q -e "$text" "$dir/out"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $sentence: exit $status: $(cat "$dir/out")"
	fi
}

sha=$(printf factory | sha256sum | cut -d' ' -f1)
printf factory >"$dir/factory.img"
record() { # server, more members
	cat >"$dir/provision.json" <<-EOF
	{"schema": "pawl-device/1", "id": "00112233445566778899aabbccddeeff",
	 "product": "band", "hw": "a7", "region": "eu", "channel": "canary",
	 "repo": "ffeeddccbbaa99887766554433221100", "root": "root.json",
	 "clock": "rtc", "server": "$1", $2
	 "image": {"file": "factory.img", "sha256": "$sha", "length": 7,
	           "version": "1.0.0", "counter": 1,
	           "built": "2026-01-01T00:00:00Z"}}
	EOF
	chmod 600 "$dir/provision.json"
}

check help_is_an_answer 0 'usage: pawl-device' "$device" --help
check the_version_is_an_answer 0 'pawl-device [0-9]' "$device" --version
check a_missing_option_is_usage 2 'provision FILE is needed' "$device"
check an_unknown_option_is_usage 2 'frobnicate' "$device" --frobnicate
check an_argument_is_usage 2 "'x': no argument" "$device" x
check a_missing_record_is_not_found 6 'none.json' \
	"$device" --provision "$dir/none.json" --state "$dir/s"
record http://127.0.0.1:1 '"batch_token": "x",'
check a_record_needs_a_state_or_a_question 2 'state DIR or' \
	"$device" --provision "$dir/provision.json"
chmod 644 "$dir/provision.json"
check a_token_others_can_read_is_permission 7 'insecure_mode' \
	"$device" --provision "$dir/provision.json" --state "$dir/s"
record http://127.0.0.1:1 '"colour": "red",'
check an_unknown_member_is_named 1 'colour' \
	"$device" --provision "$dir/provision.json" --state "$dir/s"
record http://127.0.0.1:1 '"device_token": "x",'
echo '{}' >"$dir/root.json"
check a_root_that_is_none_is_refused_on_paper 1 'pinned root' \
	"$device" --provision "$dir/provision.json" --decide "$dir"
mkdir "$dir/s"
check a_root_that_is_none_is_unverified 3 'pinned root' \
	"$device" --provision "$dir/provision.json" --state "$dir/s" --once
check facts_that_do_not_read_are_named 1 'nonsense' sh -c \
	"echo nonsense >'$dir/nonsense'; '$device' --provision \
	'$dir/provision.json' --decide '$dir' --facts '$dir/nonsense'"
echo x >"$dir/s/state.0"
echo y >"$dir/s/state.1"
check a_spoilt_store_does_not_start_empty 1 'store_corrupt' \
	"$device" --provision "$dir/provision.json" --state "$dir/s" --once

# --- The device's key
record http://127.0.0.1:1 '"batch_token": "x",'
check a_key_is_made_and_its_public_half_printed 0 '^[0-9a-f]\{64\}$' \
	"$device" --provision "$dir/provision.json" --state "$dir/k" \
	--public-key
first=$(cat "$dir/out")
check the_second_time_it_is_the_same 0 "^$first\$" \
	"$device" --provision "$dir/provision.json" --state "$dir/k" \
	--public-key
check a_key_that_could_not_be_printed_is_an_error 1 'standard output' \
	sh -c 'exec "$@" >/dev/full' - "$device" \
	--provision "$dir/provision.json" --state "$dir/k" --public-key
check nothing_else_is_made 0 '^device.key$' ls "$dir/k"
check its_file_is_its_owner_s_alone 0 '^600$' stat -c %a "$dir/k/device.key"
check a_public_key_wants_a_state 2 'public-key wants --state' \
	"$device" --provision "$dir/provision.json" --public-key
chmod 644 "$dir/k/device.key"
check a_key_others_can_read_is_permission 7 'insecure_mode' \
	"$device" --provision "$dir/provision.json" --state "$dir/k" \
	--public-key
echo rotten >"$dir/k/device.key"
chmod 600 "$dir/k/device.key"
check a_key_that_does_not_read_is_not_replaced 1 'device.key' \
	"$device" --provision "$dir/provision.json" --state "$dir/k" \
	--public-key
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
