# The dashboard, and the description of the interface, compiled into the
# server as a table of bytes. A new file is one more line here.
WEB_FILES = \
	web/static/app.js \
	web/static/dom.js \
	web/static/icon.svg \
	web/static/index.html \
	web/static/rollout.js \
	web/static/style.css \
	web/static/verdict.js \
	web/static/view.js \
	web/static/words.js
WEB_ASSETS = $(WEB_FILES) schema/openapi.yaml

web/assets.c: $(WEB_ASSETS) web/embed.awk
	$(AM_V_GEN)$(MKDIR_P) web && (cd $(srcdir) && \
		for f in $(WEB_ASSETS); do \
			sum=`sha256sum <"$$f"` || exit 1; \
			echo "file $$f $$sum"; \
			od -An -v -tu1 "$$f" || exit 1; \
		done && echo end) | \
		LC_ALL=C $(AWK) -f $(srcdir)/web/embed.awk >$@-t && \
		mv -f $@-t $@

EXTRA_DIST += $(WEB_FILES) web/embed.awk
CLEANFILES += web/assets.c web/assets.c-t
