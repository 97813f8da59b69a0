# An attacker between the clients and the server. Every client must refuse, by
# itself and in its own words, and the same client with what the attack left in
# its store must follow the server when the attacker has gone. Sourced by
# script/interop.

attacker=""

# What the attacker serves instead: a folder laid out as the server's URLs.
overlay() { # its name
	rm -rf "$work/overlay"
	mkdir -p "$work/overlay/metadata" "$work/overlay/targets"
}

attack_begin() { # HOW PATTERN…
	rm -f "$work/attacker.in" "$work/attacker.port"
	: >"$work/asked"
	mkfifo "$work/attacker.in"
	python3 tests/interop/attack.py "$url" "$work/overlay" "$work/asked" \
		"$@" <"$work/attacker.in" >"$work/attacker.port" \
		2>>"$work/log" &
	attacker=$!
	exec 9>"$work/attacker.in"
	tries=0
	while [ ! -s "$work/attacker.port" ] && [ "$tries" -lt 100 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	through="http://127.0.0.1:$(cat "$work/attacker.port")"
}

attack_end() {
	[ -n "$attacker" ] || return 0
	exec 9>&-
	wait "$attacker"
	attacker=""
	through=""
}

fetched() { # path below the server: on standard output
	curl -sf "$url/$1"
}

version_in() { # file, meta name
	jq -r --arg name "$2" '.signed.meta[$name].version' "$1"
}

# Keeps what the server publishes now, in a folder laid out as its URLs.
record() { # folder
	mkdir -p "$1/metadata"
	fetched metadata/timestamp.json >"$1/metadata/timestamp.json"
	snapshot=$(version_in "$1/metadata/timestamp.json" snapshot.json).snapshot.json
	fetched "metadata/$snapshot" >"$1/metadata/$snapshot"
	jq -r '.signed.meta | to_entries[] | "\(.value.version).\(.key)"' \
		"$1/metadata/$snapshot" >"$1/roles"
	while read -r role; do
		fetched "metadata/$role" >"$1/metadata/$role"
	done <"$1/roles"
}

# One attack on every client, by the attacker that has begun: on a copy of one
# that has travelled with the repository, or on a fresh one that holds the first
# root and nothing else. Then he goes, and each victim has to get the newest
# release from the server, with what it kept.
attack() { # travelled|fresh, sentence, words of the refusal, step…
	who=$1
	attacked=$2
	words=$3
	shift 3
	for client in $ready; do
		rm -rf "$work/$client.victim"
		case "$who" in
		travelled) cp -R "$work/$client.traveller" "$work/$client.victim" ;;
		fresh) meet victim ;;
		esac
		refuse "$attacked" "$words" follow victim "$@"
	done
	attack_end
	everyone "a_victim_follows_the_server_again after $attacked" \
		gets victim "$second" "$work/second.bin"
}

attacks() {
	record "$work/before"
	pawlctl rollout start to-2-0-0 --reason interop >>"$work/log"
	everyone it_refreshes_before_the_attacks follow traveller refresh
	record "$work/now"
	current=$(version_in "$work/now/metadata/timestamp.json" snapshot.json)
	earlier=$(version_in "$work/before/metadata/timestamp.json" snapshot.json)

	# Rollback: an older set, whole and well signed.
	overlay
	cp -R "$work/before/metadata" "$work/overlay"
	attack_begin
	attack travelled rollback_to_an_older_timestamp_is_refused 'version|rollback' \
		refresh

	# Mix and match: an older snapshot under the number of the newest.
	overlay
	cp "$work/before/metadata/$earlier.snapshot.json" \
		"$work/overlay/metadata/$current.snapshot.json"
	attack_begin
	attack fresh an_older_snapshot_under_a_new_number_is_refused \
		'hash|length|version|mismatch|larger|size' refresh

	# A swapped delegation: another role's file, well signed by that role.
	overlay
	swapped=$(role_file releases.coat)
	fetched "metadata/$(role_file plans.coat)" \
		>"$work/overlay/metadata/$swapped"
	attack_begin
	attack fresh another_roles_file_in_place_of_a_delegation_is_refused \
		'hash|length|version|mismatch|threshold|verif|larger|size|sign' \
		download "$second" "$work/none"

	overlay
	attack_begin cut 'radio.bin$'
	attack fresh a_firmware_one_byte_short_is_refused \
		'length|hash|size|mismatch|short|expected' \
		download "$second" "$work/none"
	attack_begin longer 'radio.bin$'
	attack fresh a_firmware_one_byte_long_is_refused \
		'length|hash|size|mismatch|exceed|larger|expected' \
		download "$second" "$work/none"
	attack_begin flip 'radio.bin$'
	attack fresh a_flipped_bit_in_the_firmware_is_refused \
		'hash|mismatch|digest' download "$second" "$work/none"
	attack_begin endless '/timestamp.json'
	attack fresh a_timestamp_without_an_end_is_refused \
		'length|size|exceed|larger|max|more than' refresh
	attack_begin endless 'radio.bin$'
	attack fresh a_firmware_without_an_end_is_refused \
		'length|size|exceed|larger|hash|mismatch|max|more than' \
		download "$second" "$work/none"
	attack_begin slow '/timestamp.json'
	patience=15
	request_time=5
	attack fresh a_timestamp_of_one_byte_a_second_is_given_up \
		'time-?out|timed out|slow|abort|deadline|within' refresh
	patience=25
	request_time=20

	# Another repository, honestly signed by its own keys.
	overlay
	cp -R "$work/other/metadata" "$work/overlay"
	attack_begin
	attack fresh another_repositorys_set_is_refused \
		'sign|threshold|verif|keyid' refresh

	# Freeze: a whole set that was good once, for one who has seen nothing
	# and is told of no newer root.
	overlay
	cp -R "$work/frozen/metadata" "$work/overlay"
	: >"$work/overlay/metadata/2.root.json"
	frozen_wait
	attack_begin
	attack fresh a_set_frozen_beyond_its_life_is_refused 'expire' refresh
}

# The newest file name of a role.
role_file() { # role
	echo "$(version_in "$work/now/metadata/$current.snapshot.json" \
		"$1.json").$1.json"
}

# Until the recorded timestamp has expired.
frozen_wait() {
	until_s=$(date -d "$(jq -r .signed.expires \
		"$work/frozen/metadata/timestamp.json")" +%s)
	left=$((until_s - $(date +%s) + 1))
	[ "$left" -le 0 ] || sleep "$left"
}
