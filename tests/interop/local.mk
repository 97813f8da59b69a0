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
	%D%/ranges.sh \
	%D%/scene.sh \
	%D%/tough/Cargo.lock \
	%D%/tough/Cargo.toml \
	%D%/tough/src/main.rs \
	%D%/tough/tough.sh \
	%D%/tuf-js/3.1.0/.npmrc \
	%D%/tuf-js/3.1.0/package-lock.json \
	%D%/tuf-js/3.1.0/package.json \
	%D%/tuf-js/5.0.1/.npmrc \
	%D%/tuf-js/5.0.1/package-lock.json \
	%D%/tuf-js/5.0.1/package.json \
	%D%/tuf-js/canon.js \
	%D%/tuf-js/follow.js \
	%D%/tuf-js/halt.js \
	%D%/tuf-js/tuf-js.sh
