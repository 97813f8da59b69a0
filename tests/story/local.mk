# Ceremonies and whole lives, told with the real programs; lib.sh has what
# they share. Stories that need the server stand in the condition.
TESTS += %D%/10-ceremony.sh
EXTRA_DIST += %D%/10-ceremony.sh %D%/lib.sh

if SERVER
TESTS += %D%/20-demo.sh
endif
EXTRA_DIST += %D%/20-demo.sh
