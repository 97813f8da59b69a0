# npm's tuf-js: how to get it, how to let it follow, and the cases that look
# closer at what it verified than every client's journey does. Sourced by
# script/interop.

has_node() {
	command -v node >/dev/null && command -v npm >/dev/null
}

# Two locks: the newest tuf-js for this node, and the newest for Debian 12's own
# node 18. TUF_JS=3.1.0 takes the older one wherever. (6.0 wants node 22.22.)
tuf_js_version() {
	node -e '
	const [major, minor] = process.versions.node.split(".").map(Number);
	const above = (a, b) => major > a || (major === a && minor >= b);
	const five = (major === 20 && minor >= 17) || above(22, 9);
	console.log(five ? "5.0.1" : above(18, 17) ? "3.1.0" : "");'
}

tuf_js_setup() {
	has_node || script/setup --also nodejs npm || :
	has_node || {
		reason="no node and npm (Debian packages nodejs, npm)"
		return 1
	}
	version=${TUF_JS:-$(tuf_js_version)}
	[ -n "$version" ] || {
		reason="node $(node --version) is older than 18.17"
		return 1
	}
	tuf_js=build/interop/tuf-js-$version
	mkdir -p "$tuf_js"
	cp tests/interop/tuf-js/*.js "tests/interop/tuf-js/$version"/*.json \
		"$tuf_js/" 2>>"$work/log" || {
		reason="there is no lock of tuf-js $version"
		return 1
	}
	(cd "$tuf_js" && npm ci --engine-strict --ignore-scripts --no-audit \
		--no-fund) >>"$work/log" 2>&1 || {
		reason="npm ci did not get the packages of tuf-js $version"
		return 1
	}
	version=$(node -p "require('./$tuf_js/node_modules/tuf-js/package.json').version")
	# STORE URL STEP… follow it.
	tuf_js_driver="node $tuf_js/follow.js"
	# JSON documents, a line each, to the hex of their canonical forms.
	tuf_js_canon="node $tuf_js/canon.js"
}

# Cells are halted by failing devices while this client watches.
watch_halts() { # store
	scene_release 1.2.0 100%:1d &&
		pawlctl batch new latency --product coat --hw rev-a,rev-b \
			--region eu,us --channel canary --quota 20 \
			--out "$work/batch" >>"$work/log" || return 1
	node "$tuf_js/halt.js" "$work/tuf-js.$1" "$url" "$work/token" \
		"$work/batch" plan/coat/to-1-2-0.1.json rev-a,rev-b eu,us \
		>"$work/answer" 2>&1
	status=$?
	echo "halts: $(cat "$work/answer")" >>"$work/log"
	return "$status"
}

answer() { # jq filter: true?
	jq -e "$1" "$work/answer" >/dev/null
}

holds() { # file, jq filter: true?
	jq -e "$2" "$1" >/dev/null
}

tuf_js_cases() {
	meet client
	check a_client_with_root_1_refreshes \
		follow client refresh
	check it_holds_every_top_level_role \
		answer '.root >= 1 and .timestamp >= 1 and .snapshot >= 1 and .targets >= 1'
	ts=$(jq .timestamp "$work/answer")
	check it_finds_the_firmware_through_releases \
		follow client info "$first"
	check the_manifest_comes_with_it_verified \
		answer '.custom.fw.version == "1.0.0" and .custom.fw.schema == "fw/1"'
	check it_downloads_the_firmware \
		follow client download "$first" "$work/got.bin"
	check the_firmware_is_the_same_byte_for_byte \
		same_bytes "$work/got.bin" "$work/first.bin"
	check it_knows_the_copy_it_has \
		follow client cached "$first" "$work/got.bin"
	check it_verifies_the_plan_of_the_approvers \
		follow client download plan/coat/to-1-0-0.1.json "$work/plan.json"
	check the_plan_names_the_firmware \
		holds "$work/plan.json" ".release.path == \"$first\""
	check it_verifies_the_rollout_state \
		follow client download rollout/coat/canary.json "$work/state.json"
	check the_state_says_go_in_the_first_stage \
		holds "$work/state.json" '.rules[0].run == "go" and .rules[0].stage == 0'
	refuse a_target_nobody_lists_is_not_found 'no role lists it' \
		follow client info fw/coat/9.9.9_radio.bin
	cp "$work/tuf-js.client/timestamp.json" "$work/old-timestamp.json"
	pawlctl rollout pause 1 --reason interop >>"$work/log"
	check after_a_pause_it_refreshes \
		follow client refresh
	check the_timestamp_has_moved \
		answer ".timestamp > $ts"
	follow client download rollout/coat/canary.json "$work/held.json"
	check the_state_says_hold \
		holds "$work/held.json" '.rules[0].run == "hold"'
	scene_release 1.1.0
	check it_follows_to_a_second_release \
		follow client download fw/coat/1.1.0_radio.bin "$work/second.bin"
	check the_second_is_the_same_byte_for_byte \
		same_bytes "$work/second.bin" "$work/image.bin"
	meet late
	check a_client_that_comes_late_with_root_1_finds_the_second_release \
		follow late info fw/coat/1.1.0_radio.bin
	refuse an_older_timestamp_is_refused 'version' \
		follow client refresh-with-timestamp "$work/old-timestamp.json"
	refuse a_flipped_byte_in_the_firmware_is_refused 'hash' \
		follow client download-flipped "$first" "$work/flipped.bin"
	check and_the_client_still_works_afterwards \
		follow client refresh
	meet watcher
	check two_failures_halt_a_cell_while_it_watches \
		watch_halts watcher
	echo "tuf-js: milliseconds from an acknowledged report to the verified" \
		"halt: $(jq -r '[.halts[].signed_ms] | join(", ")' \
			"$work/answer" 2>/dev/null), to a check-in that says so:" \
		"$(jq -r '[.halts[].checkin_ms] | join(", ")' "$work/answer" \
			2>/dev/null)"
	check the_signed_halt_is_there_within_a_second \
		answer '(.halts | length) == 4 and .signed_ms < 1000'
	check a_checkin_says_so_within_a_second \
		answer '.checkin_ms < 1000'
}
