#include "config.h"

#include "server/http/mailbox.h"

#include "lib/base/mem.h"

#include <errno.h>
#include <sys/eventfd.h>

int mailbox_new(struct mailbox **out, struct err *e)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct mailbox *m;

	if (fd < 0)
		return err_errno(e, errno, "http: eventfd");
	m = xcalloc(1, sizeof(*m));
	lock_init(&m->lock, LOCK_RANK_LEAF, "mailbox");
	m->count = 1;
	m->fd = fd;
	m->last = &m->first;
	*out = m;
	return 0;
}

void mailbox_keep(struct mailbox *m)
{
	atomic_fetch_add_explicit(&m->count, 1, memory_order_relaxed);
}

void mailbox_drop(struct mailbox *m)
{
	if (atomic_fetch_sub(&m->count, 1) != 1)
		return;
	(void)close(m->fd);
	lock_fini(&m->lock);
	free(m);
}

void mailbox_wake(struct mailbox *m)
{
	const uint64_t one = 1;

	/* It cannot fail but by a full counter, and then it is awake. */
	if (write(m->fd, &one, sizeof(one)) < 0)
		return;
}

bool mailbox_put(struct mailbox *m, struct http_ticket *t)
{
	bool open, first;

	t->next = NULL;
	lock_take(&m->lock);
	open = !m->is_closed;
	first = m->first == NULL;
	if (open) {
		*m->last = t;
		m->last = &t->next;
	}
	lock_drop(&m->lock);
	/* One wake-up per batch. */
	if (open && first)
		mailbox_wake(m);
	return open;
}

struct http_ticket *mailbox_take(struct mailbox *m)
{
	struct http_ticket *t;

	lock_take(&m->lock);
	t = m->first;
	m->first = NULL;
	m->last = &m->first;
	lock_drop(&m->lock);
	return t;
}

void mailbox_close(struct mailbox *m)
{
	lock_take(&m->lock);
	m->is_closed = true;
	lock_drop(&m->lock);
}
