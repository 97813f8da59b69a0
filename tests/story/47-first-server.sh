#!/bin/sh
# The example of pawld(8), from nothing to the first publish, typed as it
# stands there. Only the folder, the port and the wait for the server to come
# up, which a person has while he types, are the story's own.
. "${top_srcdir:?}/tests/story/lib.sh"

mkdir "$work/desk" "$work/bin"
make_repo "$work/desk/repo"
check "a signed repository" $?
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/bin/pawld" <<SHELL
#!/bin/sh
exec "$top_builddir/pawld" --set data_dir="$work/var/pawl" \\
	--set listen="127.0.0.1:$port" --set ops_listen=off "\$@"
SHELL
cat >"$work/bin/pawlctl" <<SHELL
#!/bin/sh
i=0
while [ \$i -lt 200 ] && ! curl -fs "http://127.0.0.1:$port/" >/dev/null; do
	i=\$((i + 1))
	sleep 0.1
done
exec "$top_builddir/pawlctl" "\$@"
SHELL
chmod +x "$work/bin/pawld" "$work/bin/pawlctl"
sed -n '/^\.Sh EXAMPLES/,$ { /^\.Bd/,/^\.Ed/ { /^\.[BE]d/d; s/\\e$/\\/; p; }; }' \
	"${top_srcdir:?}/doc/man/pawld.8" |
	sed -e "s,/var/lib/pawl,$work/var/pawl,g" -e "s,:8080,:$port,g" \
		>"$work/example.sh"
[ "$(wc -l <"$work/example.sh")" -ge 5 ]
check "pawld(8) has an example" $?
echo 'kill $!; wait $!' >>"$work/example.sh"
(cd "$work/desk" && umask 022 &&
	PATH="$work/bin:$PATH" sh -eu "$work/example.sh") >"$out" 2>"$err"
check "it is followed to its end" $?
says "published: timestamp 1, root 1"

# A token that nobody saw is no token: only its hash was stored.
run sh -c '"$1/pawld" --set data_dir="$2" token add --name bob \
	--scopes read >/dev/full' - "$top_builddir" "$work/var/pawl"
[ $? -eq 1 ] && grep -q 'standard output: .*(io)$' "$err"
check "a token that could not be printed is an error" $?
run sh -c '"$1/pawld" routes >/dev/full' - "$top_builddir"
[ $? -eq 1 ]
check "and so is any other answer" $?

story_end
