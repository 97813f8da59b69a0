# Other people's clients: script/interop.
noinst_PROGRAMS += canon-lines
canon_lines_SOURCES = %D%/canon_lines.c
canon_lines_LDADD = $(PAWL_LIBS)
EXTRA_DIST += \
	%D%/attack.py \
	%D%/attacks.sh \
	%D%/canon.sh \
	%D%/documents.py \
	%D%/go-tuf/canon/canon.go \
	%D%/go-tuf/follow.go \
	%D%/go-tuf/go-tuf.sh \
	%D%/go-tuf/go.mod \
	%D%/go-tuf/go.sum \
	%D%/journey.sh \
	%D%/lib.sh \
	%D%/limits \
	%D%/pawl-get/follow.sh \
	%D%/pawl-get/pawl-get.sh \
	%D%/python-tuf/canon.py \
	%D%/python-tuf/follow.py \
	%D%/python-tuf/python-tuf.sh \
	%D%/python-tuf/requirements.in \
	%D%/python-tuf/requirements.txt \
	%D%/scene.sh \
	%D%/tough/Cargo.lock \
	%D%/tough/Cargo.toml \
	%D%/tough/src/main.rs \
	%D%/tough/tough.sh \
	%D%/tuf-js/.npmrc \
	%D%/tuf-js/canon.js \
	%D%/tuf-js/follow.js \
	%D%/tuf-js/halt.js \
	%D%/tuf-js/package-lock.json \
	%D%/tuf-js/package.json \
	%D%/tuf-js/tuf-js.sh
