dist_man_MANS += %D%/man/pawld.conf.5
