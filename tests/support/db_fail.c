#include "config.h"

#include "tests/support/db_fail.h"

static enum err_kind nth(void *ctx, enum db_op op, const char *what)
{
	struct db_fail *f = ctx;

	(void)op;
	(void)what;
	if (f->seen++ != f->at)
		return ERR_NONE;
	f->failed = true;
	return f->kind;
}

void db_fail_begin(struct db_fail *f, long at, enum err_kind kind)
{
	*f = (struct db_fail){.at = at, .kind = kind};
	db_set_hook(nth, f);
}

void db_fail_end(void)
{
	db_set_hook(NULL, NULL);
}

enum err_kind db_no_space(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_BEGIN || op == DB_COMMIT ? ERR_NO_SPACE : ERR_NONE;
}

enum err_kind db_no_commit(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_COMMIT ? ERR_NO_SPACE : ERR_NONE;
}
