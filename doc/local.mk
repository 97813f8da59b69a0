dist_man_MANS += %D%/man/pawld.conf.5
dist_man_MANS += %D%/man/pawld.8
dist_man_MANS += %D%/man/pawl-device.1
dist_man_MANS += %D%/man/pawl-get.1
EXTRA_DIST += %D%/architecture.md
EXTRA_DIST += %D%/signing.md
dist_man_MANS += %D%/man/pawlctl.1
dist_man_MANS += %D%/man/pawl-repo.1
