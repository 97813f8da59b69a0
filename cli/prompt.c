#include "config.h"

#include "cli/prompt.h"

#include "lib/base/fs.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/key.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

void passphrase_fini(struct passphrase *p)
{
	key_wipe(p, sizeof(*p));
}

/* Cuts the line's end off; false when nothing is left. */
static bool chomp(char *text)
{
	text[strcspn(text, "\r\n")] = '\0';
	return text[0] != '\0';
}

int passphrase_read(struct passphrase *out, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PASSPHRASE_MAX);
	int result = fs_read_private(&b, path, e);

	if (result == 0)
		memcpy(out->text, buf_str(&b), b.len + 1);
	if (b.data != NULL)
		key_wipe(b.data, b.len);
	if (result != 0) {
		err_context(e, "passphrase file");
		return -1;
	}
	if (!chomp(out->text))
		return err_set(e, ERR_INVALID,
		               "passphrase file: %s: the first line is empty",
		               path);
	return 0;
}

/* A signal while the terminal is silent must not leave it so: it is noted
 * here, the terminal restored, and the signal raised again. */
static volatile sig_atomic_t caught;

static void on_signal(int signum)
{
	caught = signum;
}

static const int guarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define N_GUARDED (sizeof(guarded) / sizeof(guarded[0]))

/* One line from the stream; NULL at its end or after a signal. */
static char *read_line(char *out, size_t size, FILE *in)
{
	clearerr(in);
	return fgets(out, (int)size, in);
}

/* The prompt comes after the terminal is silent: what is typed at once is not
 * shown either. */
static int read_silently(struct passphrase *out, const struct cli_world *w,
                         const char *question, const char *more, struct err *e)
{
	struct sigaction quiet = {.sa_handler = on_signal}, old[N_GUARDED];
	struct termios before, silent;
	const char *line;
	bool tty = tcgetattr(fileno(w->in), &before) == 0;

	caught = 0;
	(void)sigemptyset(&quiet.sa_mask); /* no SA_RESTART: reads end */
	for (size_t i = 0; i < N_GUARDED; i++)
		(void)sigaction(guarded[i], &quiet, &old[i]);
	if (tty) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
		(void)tcsetattr(fileno(w->in), TCSAFLUSH, &silent);
	}
	fprintf(w->err, "%s%s: ", question, more);
	fflush(w->err);
	line = read_line(out->text, sizeof(out->text), w->in);
	if (tty)
		(void)tcsetattr(fileno(w->in), TCSAFLUSH, &before);
	fputc('\n', w->err);
	for (size_t i = 0; i < N_GUARDED; i++)
		(void)sigaction(guarded[i], &old[i], NULL);
	if (caught != 0)
		(void)raise(caught);
	if (line == NULL || !chomp(out->text))
		return err_set(e, ERR_INVALID, "no passphrase was given");
	return 0;
}

int prompt_passphrase(struct passphrase *out, const struct cli_world *w,
                      const char *question, bool twice, const char *instead,
                      struct err *e)
{
	SCOPED(passphrase_fini)
	struct passphrase again = {0};

	if (!w->interactive)
		return err_code(e, ERR_FORBIDDEN, "passphrase_needed",
		                "%s: nobody can be asked here, give %s",
		                question, instead);
	if (read_silently(out, w, question, "", e) != 0)
		return -1;
	if (!twice)
		return 0;
	if (read_silently(&again, w, question, ", once more", e) != 0)
		return -1;
	if (strcmp(out->text, again.text) != 0)
		return err_set(e, ERR_INVALID,
		               "%s: the two answers are not the same",
		               question);
	return 0;
}

int prompt_confirm(const struct cli_world *w, const char *question,
                   struct err *e)
{
	char line[16];

	if (!w->interactive)
		return 0;
	fprintf(w->err, "%s [y/N] ", question);
	fflush(w->err);
	if (read_line(line, sizeof(line), w->in) != NULL && chomp(line) &&
	    (strcmp(line, "y") == 0 || strcmp(line, "yes") == 0))
		return 0;
	return err_code(e, ERR_FORBIDDEN, "declined",
	                "nothing was done: the answer was not yes");
}
