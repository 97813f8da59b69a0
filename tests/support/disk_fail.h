/*
 * A disk that fails below SQLite, at its own system calls: the n-th write or
 * the n-th flush. The pages that reached the kernel before stay there, as on
 * a real machine.
 */
#ifndef TESTS_SUPPORT_DISK_FAIL_H
#define TESTS_SUPPORT_DISK_FAIL_H

enum disk_op { DISK_WRITE, DISK_FLUSH };

/* From now on the at-th (from 0) and all later ones of that kind fail with
 * errnum. */
void disk_fail_begin(enum disk_op op, long at, int errnum);
/* How many of that kind were asked for. */
long disk_fail_end(void);

#endif
