# The life of a repository, step by step, and every client following from the
# root it got at the start. Sourced by script/interop.

pass="--passphrase-file $work/passphrase"
new="$pass --kdf light"

# A change is staged; sign it with whatever keys it needs, and publish it.
publish() { # command of pawl-repo…
	# shellcheck disable=SC2086
	pawl_repo "$@" && pawl_repo sign --all $pass --yes || return 1
	cp "$work"/repo/online/*.key "$work/data/keys/" 2>/dev/null || :
	pawlctl publish "$work/repo" >>"$work/log"
}

# The server does a step; every client must be able to follow it.
step() { # sentence, command…
	sentence=$1
	shift
	for client in $ready; do
		: >"$work/answer"
	done
	if "$@"; then
		everyone "$sentence" gets traveller "$second" "$work/second.bin"
	else
		for client in $ready; do
			fails "$sentence" "the server was not brought there: $(
				tail -n 1 "$work/log")"
		done
	fi
}

three_roots() {
	for _ in 1 2 3; do
		# shellcheck disable=SC2086
		pawl_repo rotate root $new && pawl_repo sign --all $pass --yes ||
			return 1
	done
	pawlctl publish "$work/repo" >>"$work/log"
}

large_release() {
	firmware=$work/large.bin
	head -c 25000000 /dev/urandom >"$firmware"
	scene_release 3.0.0
	cp "$work/image.bin" "$work/large.bin"
}

journey() {
	for client in $ready; do
		meet traveller
	done
	everyone a_client_with_the_first_root_refreshes follow traveller refresh
	everyone it_gets_the_firmware_byte_for_byte \
		gets traveller "$first" "$work/first.bin"
	for client in $ready; do
		refuse a_target_nobody_lists_is_not_found \
			'no role lists|not found|no such target|not_found' \
			follow traveller download fw/coat/9.9.9_radio.bin \
			"$work/none"
	done

	second=fw/coat/2.0.0_radio.bin
	scene_release 2.0.0
	cp "$work/image.bin" "$work/second.bin"
	everyone it_gets_a_new_release gets traveller "$second" \
		"$work/second.bin"
	everyone the_plan_of_the_approvers_is_verified \
		gets traveller plan/coat/to-2-0-0.1.json \
		"$work/repo/targets/plan/coat/to-2-0-0.1.json"
	overlay
	cp -R "$work/frozen/metadata" "$work/overlay"
	attack_begin
	attack travelled rollback_before_any_rotation_is_refused \
		'version|rollback' refresh

	# shellcheck disable=SC2086
	{
		step it_follows_three_root_rotations_in_a_row three_roots
		step it_follows_a_new_timestamp_key publish rotate timestamp $new
		step it_follows_a_new_snapshot_key publish rotate snapshot $new
		step it_follows_a_new_rollout_key \
			publish rotate rollout.coat $new
		step it_follows_new_keys_of_releases \
			publish rotate releases.coat $new
		step it_follows_releases_to_ecdsa_keys \
			publish rotate releases.coat $new --type ecdsa
		step it_follows_the_timestamp_to_an_rsa_key \
			publish rotate timestamp $new --type rsa
		step it_follows_root_to_ecdsa_and_targets_to_rsa_keys \
			roots_of_all_types
	}

	publish release remove 1.0.0 -p coat --plans
	for client in $ready; do
		refuse a_revoked_target_is_not_found \
			'no role lists|not found|no such target|not_found' \
			follow traveller download "$first" "$work/none"
	done

	large_release
	everyone it_gets_a_large_file gets traveller fw/coat/3.0.0_radio.bin \
		"$work/large.bin"
	ranges

	# shellcheck disable=SC2086
	{
		step it_finds_its_release_in_256_bins \
			publish delegate releases.coat --bins 256 $pass
		step it_finds_its_release_in_16_bins_by_hash_prefix \
			publish delegate releases.coat --prefix-bins 16 $pass
		step it_finds_its_release_without_bins_again \
			publish delegate releases.coat --bins 1 $pass
	}

	for client in $ready; do
		meet late
	done
	everyone a_client_that_comes_late_gets_the_newest \
		gets late "$second" "$work/second.bin"
}

roots_of_all_types() {
	# shellcheck disable=SC2086
	pawl_repo rotate root $new --type ecdsa &&
		pawl_repo sign --all $pass --yes &&
		publish rotate targets $new --type rsa
}
