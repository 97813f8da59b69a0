#!/bin/sh
# Our own client, made to follow a server like the others.
#
#	follow.sh STORE URL refresh
#	follow.sh STORE URL download PATH FILE
#
# STORE holds first.root.json, the root it got at the start, and whatever the
# client keeps, also a download that broke off. A server may be silent for
# INTEROP_SECONDS.
set -eu
store=$1
url=$2
step=$3
get="build/pawl-get --metadata-dir $store/kept --patience ${INTEROP_SECONDS}s"

mkdir -p "$store/kept"
[ -e "$store/kept/root.json" ] || $get init "$store/first.root.json"
case "$step" in
refresh)
	$get --metadata-url "$url/metadata" refresh
	;;
download)
	mkdir -p "$store/files"
	find "$store/files" -type f ! -name '.*' -delete
	$get --metadata-url "$url/metadata" --target-name "$4" \
		--target-dir "$store/files" \
		--target-base-url "$url/targets" download
	find "$store/files" -type f ! -name '.*' -exec cp {} "$5" \;
	;;
esac
