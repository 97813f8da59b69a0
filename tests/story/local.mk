# Ceremonies and whole lives, told with the real programs; lib.sh has what
# they share. Stories that need the server stand in the condition.
EXTRA_DIST += %D%/lib.sh
EXTRA_DIST += %D%/10-ceremony.sh
EXTRA_DIST += %D%/15-signing-event.sh
EXTRA_DIST += %D%/20-demo.sh
EXTRA_DIST += %D%/25-bins.sh
EXTRA_DIST += %D%/30-kill.sh
EXTRA_DIST += %D%/31-full-disk.sh
EXTRA_DIST += %D%/32-brake.sh
EXTRA_DIST += %D%/35-recall.sh
EXTRA_DIST += %D%/40-pages.sh
EXTRA_DIST += %D%/45-static.sh
EXTRA_DIST += %D%/47-first-server.sh
EXTRA_DIST += %D%/50-ceremonies.sh

TESTS += %D%/10-ceremony.sh
TESTS += %D%/15-signing-event.sh
TESTS += %D%/40-pages.sh

if SERVER
TESTS += %D%/20-demo.sh
TESTS += %D%/25-bins.sh
TESTS += %D%/30-kill.sh
TESTS += %D%/31-full-disk.sh
TESTS += %D%/32-brake.sh
TESTS += %D%/35-recall.sh
TESTS += %D%/45-static.sh
TESTS += %D%/47-first-server.sh
TESTS += %D%/50-ceremonies.sh
endif
