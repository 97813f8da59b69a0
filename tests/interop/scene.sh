# A throw-away repository and a running pawld for other people's clients to
# follow. Sourced by script/interop; everything is below $work.
#
#	scene_open        ceremony, server, first publish, one rollout started
#	scene_release V [STAGES]
#	                  one more release and its plan, signed and published
#	scene_close       ends the server
#
# Afterwards: $url, $first (path of the first release), $firmware; what the
# server published first in $work/frozen, and what a server of another
# repository publishes in $work/other.
#
# A timestamp lives for a minute here, so that one can be seen to expire.

pawl_repo() {
	build/pawl-repo -C "$work/repo" "$@" >>"$work/log" 2>&1
}
pawlctl() {
	build/pawlctl --server "$url" --token-file "$work/token" "$@" \
		2>>"$work/log"
}

scene_firmware() {
	firmware=$(dpkg -L firmware-ath9k-htc 2>/dev/null |
		grep -E '/htc_9271.*\.fw$' | head -n 1)
	[ -f "$firmware" ] || firmware=build/pawld
}

scene_release() { # version, stages
	{
		cat "$firmware"
		printf 'version %s\n' "$1"
	} >"$work/image.bin"
	pawl_repo release add "$work/image.bin" --name radio.bin \
		--product coat --version "$1" --hw rev-a,rev-b --region eu,us &&
		pawl_repo plan add --product coat --id "to-$(echo "$1" | tr . -)" \
			--release "$1" --channels canary,production \
			--stages "${2:-5%:1h,100%:1d}" &&
		pawl_repo sign --all --passphrase-file "$work/passphrase" --yes &&
		pawlctl publish "$work/repo" >>"$work/log"
}

# A ceremony in $work/repo and a server of it.
scene_found() {
	build/pawl-repo init "$work/repo" --yes --kdf light \
		--passphrase-file "$work/passphrase" >>"$work/log" 2>&1 || return 1
	pawl_repo product add coat --yes --kdf light \
		--passphrase-file "$work/passphrase" || return 1
	mkdir "$work/data"
	cp -r "$work/repo/online" "$work/data/keys"
	(
		umask 077
		build/pawld --set data_dir="$work/data" token add --name interop \
			--scopes admin >"$work/token"
	) || return 1
	build/pawld --set data_dir="$work/data" --set listen=127.0.0.1:0 \
		--set ops_listen=off --set timestamp_life=60s \
		2>"$work/pawld.log" &
	pawld_pid=$!
	port=""
	tries=0
	while [ -z "$port" ] && [ "$tries" -lt 100 ]; do
		sleep 0.1
		port=$(sed -n 's/.*serving on port \([0-9]*\),.*/\1/p' \
			"$work/pawld.log")
		tries=$((tries + 1))
	done
	[ -n "$port" ] || return 1
	url="http://127.0.0.1:$port"
	scene_release 1.0.0
}

# Another repository's server: what it publishes, and it goes again.
scene_other() {
	scene_found && record "$work/other" || return 1
	scene_close
	rm -rf "$work/repo" "$work/data" "$work/token"
}

scene_open() {
	scene_firmware
	echo "interop" >"$work/passphrase"
	chmod 600 "$work/passphrase"
	scene_other && scene_found && record "$work/frozen" || return 1
	first=fw/coat/1.0.0_radio.bin
	cp "$work/image.bin" "$work/first.bin"
	pawlctl rollout start to-1-0-0 --reason interop >>"$work/log"
}

scene_close() {
	[ -n "${pawld_pid:-}" ] || return 0
	kill "$pawld_pid" 2>/dev/null
	wait "$pawld_pid" 2>/dev/null
	pawld_pid=""
}
