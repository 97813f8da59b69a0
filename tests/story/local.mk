# Ceremonies and whole lives, told with the real programs; lib.sh has what
# they share. Stories that need the server stand in the condition.
TESTS += %D%/10-ceremony.sh
EXTRA_DIST += %D%/10-ceremony.sh %D%/lib.sh
