# The life of a repository, step by step, and every client following from the
# root it got at the start. Sourced by script/interop.

journey() {
	for client in $ready; do
		meet traveller
	done
	everyone a_client_with_the_first_root_refreshes follow traveller refresh
	everyone it_gets_the_firmware_byte_for_byte \
		gets traveller "$first" "$work/first.bin"

	scene_release 2.0.0
	cp "$work/image.bin" "$work/second.bin"
	second=fw/coat/2.0.0_radio.bin
	everyone it_gets_a_new_release gets traveller "$second" \
		"$work/second.bin"
	everyone the_plan_of_the_approvers_is_verified \
		gets traveller plan/coat/to-2-0-0.1.json \
		"$work/repo/targets/plan/coat/to-2-0-0.1.json"
	for client in $ready; do
		refuse a_target_nobody_lists_is_not_found \
			'no role lists|not found|no such target' \
			follow traveller download fw/coat/9.9.9_radio.bin \
			"$work/none"
	done

	for client in $ready; do
		meet late
	done
	everyone a_client_that_comes_late_gets_the_newest \
		gets late "$second" "$work/second.bin"
}
