#include "config.h"

#include "server/descriptors.h"

#include "lib/base/log.h"

#include <inttypes.h>
#include <sys/resource.h>

/* Itself, and the target or the upload it is busy with. */
#define PER_CONNECTION 2
/* Listener, epoll, mailbox, and its share of a division that is rounded up. */
#define PER_THREAD 4
/* The 64 connections of the operations port, the database, and the files of a
 * publish, a signing, the journal, the witness and the export. */
#define RESERVED 256
#define CONNECTIONS_MIN 64

unsigned descriptors_fit(uint64_t limit, unsigned wanted, unsigned threads)
{
	uint64_t ours = RESERVED + PER_THREAD * (uint64_t)threads;
	uint64_t fit = limit > ours ? (limit - ours) / PER_CONNECTION : 0;

	if (fit < CONNECTIONS_MIN)
		fit = CONNECTIONS_MIN;
	return fit < wanted ? (unsigned)fit : wanted;
}

unsigned descriptors_take(unsigned wanted, unsigned threads)
{
	struct rlimit limit;
	unsigned fit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit most = {limit.rlim_max, limit.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &most) == 0)
			limit = most;
	}
	fit = descriptors_fit(limit.rlim_cur, wanted, threads);
	if (fit < wanted)
		log_warn("max_connections = %u: only %u fit into %" PRIu64
		         " file descriptors; the administrator raises the "
		         "limit (RLIMIT_NOFILE)",
		         wanted, fit, (uint64_t)limit.rlim_cur);
	return fit;
}
