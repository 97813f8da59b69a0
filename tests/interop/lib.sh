# What the journey and the attacks share: clients by name, their stores, and
# how a case passes. Sourced by script/interop.
#
# A case belongs to $client. A line in tests/interop/limits says that a client
# cannot do a case, why, and where that is written: the case must then fail,
# so that a line goes when its reason does.

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

# Seconds that a client may take over one step.
patience=25

follow() { # store, step…: $client, with its words in $work/answer
	store=$1
	shift
	eval "driver=\$$(name_of "$client" driver)"
	# shellcheck disable=SC2086,SC2154
	timeout "$patience" $driver "$work/$client.$store" \
		"${through:-$url}" "$@" >"$work/answer" 2>&1
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

limit_of() { # sentence: the reason why $client cannot
	awk -F '\t' -v client="$client" -v case="$1" \
		'$1 == client && $2 == case { print $3 }' tests/interop/limits
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
	limit=$(limit_of "$sentence")
	if "$@"; then
		if [ -z "$limit" ]; then
			passes "$sentence"
		else
			fails "$sentence" "it can; tests/interop/limits says not"
		fi
	elif [ -n "$limit" ]; then
		passes "$sentence"
		echo "limit $client: $sentence: $limit" >&2
	else
		fails "$sentence" "$(head -c 300 "$work/answer" 2>/dev/null)"
	fi
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
