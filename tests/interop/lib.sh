# What the journey and the attacks share: clients by name, their stores, and
# how a case passes. Sourced by script/interop.
#
# A case belongs to $client. A line in tests/interop/limits says that a client
# (or one version of it) cannot do a case, how that shows (the driver's exit
# status, 124 when it was stopped, and words of its answer), why, and where
# that is written. The case must then fail in just this way: a broken driver
# is no limit, and a line goes when its reason does.

name_of() { # client, suffix: tuf-js, setup → tuf_js_setup
	echo "$1_$2" | tr - _
}

# A new store of $client that holds the first root, as a device would.
meet() { # store
	mkdir -p "$work/$client.$1"
	cp "$work/repo/metadata/1.root.json" \
		"$work/$client.$1/first.root.json"
	case "$client" in
	tuf-js) # keeps its first root where its newest will be
		cp "$work/$client.$1/first.root.json" \
			"$work/$client.$1/root.json"
		;;
	esac
}

# Where the clients connect: the server, or the attacker before it.
through=""

# Seconds that a client may take over one step, and what it is told to give
# one request, in the way its library offers: as an application would.
patience=25
request_time=20

follow() { # store, step…: $client, with its words in $work/answer
	store=$1
	shift
	eval "driver=\$$(name_of "$client" driver)"
	# shellcheck disable=SC2086,SC2154
	INTEROP_SECONDS=$request_time timeout "$patience" \
		$driver "$work/$client.$store" "${through:-$url}" "$@" \
		>"$work/answer" 2>&1
	status=$?
	echo "$client $store $*: $status $(head -c 2000 "$work/answer")" \
		>>"$work/log"
	[ "$status" -ne 124 ] || echo "no answer within $patience s" \
		>"$work/answer"
	return "$status"
}

same_bytes() { # file, file
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}

# Downloads a target and compares it with the file it must be.
gets() { # store, path, file
	rm -f "$work/got"
	follow "$1" download "$2" "$work/got" && same_bytes "$work/got" "$3"
}

# The lines of tests/interop/limits about $client, as it runs here.
limits() {
	awk -F '\t' -v client="$client" \
		-v exact="$client $(cat "$work/$client.version")" \
		'$1 == client || $1 == exact' tests/interop/limits
}

# Of the line about this case, if there is one: $limit, why $client cannot,
# with $limit_status and $limit_words.
limit_of() { # sentence
	limits | awk -F '\t' -v case="$1" '$2 == case' >"$work/limit"
	IFS=$tab read -r _ _ limit_status limit_words limit <"$work/limit" ||
		limit=""
	[ -z "$limit" ] || echo "$1" >>"$work/$client.limited"
}
tab=$(printf '\t')

is_that_limit() {
	[ "$status" = "$limit_status" ] && says "$limit_words"
}

passes() { # sentence
	echo "$1" >>"$work/$client.passed"
}
fails() { # sentence, what happened
	echo "$1" >>"$work/$client.failed"
	echo "FAIL $client: $1: $2" >&2
}

check() { # sentence, command…
	sentence=$1
	shift
	limit_of "$sentence"
	status=""
	if "$@"; then
		if [ -z "$limit" ]; then
			passes "$sentence"
		else
			fails "$sentence" "it can; tests/interop/limits says not"
		fi
	elif [ -n "$limit" ] && is_that_limit; then
		passes "$sentence"
		echo "limit $client: $sentence: $limit" >&2
	else
		fails "$sentence" "${limit:+not as tests/interop/limits says: }status \
${status:-unknown}: $(head -c 300 "$work/answer" 2>/dev/null)"
	fi
}

# Lines of tests/interop/limits whose case nobody asked $client for.
idle_limits() {
	limits | cut -f 2 | while read -r sentence; do
		grep -qxF "$sentence" "$work/$client.limited" ||
			fails "$sentence" "is in tests/interop/limits, and no case"
	done
}

says() { # words: in the client's answer
	grep -Eiq "$1" "$work/answer"
}

# The command must end without success, by itself, with these words.
refused() { # words, command…
	words=$1
	shift
	! "$@" && [ "$status" -eq 1 ] && says "$words"
}

refuse() { # sentence, words of the refusal, command…
	sentence=$1
	shift
	check "$sentence" refused "$@"
}

# The same case for every client.
everyone() { # sentence, command…
	for client in $ready; do
		check "$@"
	done
}
