#!/bin/sh
# A hundred thousand random rollouts, two processes at a time.
set -u
one=$(mktemp)
trap 'rm -f "$one"' EXIT
PAWL_CHANCE=50000 PAWL_CHANCE_SEED=1000001 ./chance-tests >"$one" &
PAWL_CHANCE=50000 PAWL_CHANCE_SEED=2000001 ./chance-tests
here=$?
wait $!
there=$?
cat "$one"
failed=0
[ $here -eq 0 ] || failed=1
[ $there -eq 0 ] || failed=$((failed + 1))
echo "$((2 - failed)) passed, $failed failed"
[ $failed -eq 0 ]
