# Ceremonies and whole lives, told with the real programs; lib.sh has what
# they share. Stories that need the server stand in the condition.
TESTS += %D%/10-ceremony.sh %D%/40-pages.sh
EXTRA_DIST += %D%/10-ceremony.sh %D%/40-pages.sh %D%/lib.sh

if SERVER
TESTS += %D%/20-demo.sh %D%/30-kill.sh %D%/31-full-disk.sh \
	%D%/32-brake.sh
endif
EXTRA_DIST += %D%/20-demo.sh %D%/30-kill.sh %D%/31-full-disk.sh \
	%D%/32-brake.sh
