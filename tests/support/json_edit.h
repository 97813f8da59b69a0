/*
 * One change in a JSON text, so that a table of broken documents is a table
 * of what breaks them.
 */
#ifndef TESTS_SUPPORT_JSON_EDIT_H
#define TESTS_SUPPORT_JSON_EDIT_H

/* The text with the value at `path` ("stages[1].ppm") replaced by the raw
 * JSON `value`; NULL takes the member out. A member that is not there is
 * added. In fresh memory; a mistake in the arguments aborts the
 * test. */
char *json_edit(const char *text, const char *path, const char *value);

#endif
