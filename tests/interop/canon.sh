# One canonical form, in our words and in those of each client whose library
# shows it: a signature covers these bytes. Sourced by script/interop.

DOCUMENTS=3000

canon_agrees() { # command: documents in, canonical forms out
	# shellcheck disable=SC2086
	$1 <"$work/documents" >"$work/canon.theirs" 2>"$work/answer" &&
		[ "$(wc -l <"$work/canon.theirs")" -eq "$DOCUMENTS" ] &&
		cmp "$work/canon.ours" "$work/canon.theirs" >"$work/answer" 2>&1
}

canon() {
	python3 tests/interop/documents.py "$DOCUMENTS" 1 >"$work/documents"
	build/canon-lines <"$work/documents" >"$work/canon.ours"
	for client in $ready; do
		eval "command=\${$(name_of "$client" canon):-}"
		[ -z "$command" ] ||
			check "its_canonical_form_of_${DOCUMENTS}_documents_is_ours" \
				canon_agrees "$command"
	done
}
