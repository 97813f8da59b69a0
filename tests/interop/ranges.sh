# Downloads in pieces: that the server gives ranges, and which client asks for
# one. Sourced by script/interop.

large=fw/coat/3.0.0_radio.bin

# A piece from the middle, and the rest after it, as a download that goes on.
# The server's own case: no client takes part.
in_pieces() {
	at=fw/coat/$(sha256sum "$work/large.bin" | cut -d ' ' -f 1).3.0.0_radio.bin
	curl -sf -r 0-9999999 "$url/targets/$at" >"$work/ranges" &&
		curl -sf -r 10000000-10000000 "$url/targets/$at" \
			>>"$work/ranges" &&
		curl -sf -r 10000001- "$url/targets/$at" >>"$work/ranges" &&
		same_bytes "$work/ranges" "$work/large.bin"
}

# The file has come, and what was asked of the attacker for it was, once, the
# rest from somewhere in the middle.
goes_on_by_range() { # store, path, file
	: >"$work/asked"
	gets "$@" || return 1
	grep 'radio.bin ' "$work/asked" >"$work/asked.target"
	sed 's/.*radio.bin /asked for radio.bin: /' "$work/asked.target" \
		>"$work/answer"
	[ "$(wc -l <"$work/asked.target")" -eq 1 ] &&
		says '^asked for radio.bin: bytes=[1-9][0-9]*-'
}

# The same in one run: after what was cut off, only the rest.
goes_on_at_once() { # store, path, file
	: >"$work/asked"
	gets "$@" || return 1
	grep 'radio.bin ' "$work/asked" |
		sed 's/.*radio.bin /asked for radio.bin: /' >"$work/answer"
	[ "$(wc -l <"$work/answer")" -eq 2 ] &&
		says '^asked for radio.bin: whole' &&
		says '^asked for radio.bin: bytes=[1-9][0-9]*-'
}

ranges() {
	client=pawld
	check a_large_file_comes_in_pieces in_pieces
	overlay
	attack_begin break 'radio.bin$'
	for client in $ready; do
		meet broken
		refuse a_download_that_breaks_off_is_refused \
			'terminated|Error: aborted|IncompleteRead|unexpected EOF|from connection|connection ended' \
			follow broken download "$large" "$work/none"
	done
	attack_end
	attack_begin
	everyone a_download_that_broke_off_goes_on_by_range \
		goes_on_by_range broken "$large" "$work/large.bin"
	attack_end
}
