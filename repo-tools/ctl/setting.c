#include "config.h"

#include "repo-tools/ctl/setting.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"

#include <arpa/inet.h>
#include <string.h>

#define URL_MAX 1024
/* "po_" and 256 bits are 46; there is room for longer ones. */
#define TOKEN_MAX 256

static const char *setting(const struct cli *c, const char *option,
                           const char *variable)
{
	const char *value = cli_get(c, option);

	if (value == NULL)
		value = getenv(variable);
	return value != NULL && *value != '\0' ? value : NULL;
}

const char *ctl_setting_ca_file(const struct cli *c)
{
	return setting(c, "ca-file", "PAWL_CA_FILE");
}

/* Does "host:port/path" begin with an address of this machine? */
static bool is_loopback(const char *rest)
{
	size_t n = strcspn(rest, ":/");
	struct in_addr address;
	char host[64];

	if (strncmp(rest, "[::1]", 5) == 0)
		return rest[5] == '\0' || rest[5] == ':' || rest[5] == '/';
	if (n >= sizeof(host))
		return false;
	memcpy(host, rest, n);
	host[n] = '\0';
	return strcmp(host, "localhost") == 0 ||
	       (inet_pton(AF_INET, host, &address) == 1 &&
	        ntohl(address.s_addr) >> 24 == 127);
}

static int check_url(const struct cli *c, const char *url, struct err *e)
{
	bool plain = strncmp(url, "http://", 7) == 0;
	const char *rest = url + (plain ? 7 : 8);

	if (!plain && strncmp(url, "https://", 8) != 0)
		return err_set(e, ERR_USAGE,
		               "--server: '%.200s' is no address like "
		               "https://pawl.example",
		               url);
	if (strlen(url) > URL_MAX || strchr("/:", *rest) != NULL)
		return err_set(e, ERR_USAGE, "--server: '%.200s' names no host",
		               url);
	for (const char *p = rest; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("@?#\\\"<>", *p) != NULL)
			return err_set(e, ERR_USAGE,
			               "--server: the character 0x%02x has no "
			               "place in it; host, port and path are "
			               "all it has",
			               (unsigned char)*p);
	if (plain && !is_loopback(rest) && !cli_has(c, "plain-http"))
		return err_code(e, ERR_USAGE, "plain_http",
		                "--server: %.200s would carry the token "
		                "readable by anybody on the way; https is "
		                "needed, or --plain-http where the network "
		                "is safe",
		                url);
	return 0;
}

int ctl_setting_server(char **out, const struct cli *c, struct err *e)
{
	const char *url = setting(c, "server", "PAWL_SERVER");
	size_t n;

	if (url == NULL)
		return err_set(e, ERR_USAGE,
		               "which server? --server is not given and "
		               "PAWL_SERVER is not set");
	if (check_url(c, url, e) != 0)
		return -1;
	*out = xstrdup(url);
	for (n = strlen(url); (*out)[n - 1] == '/'; n--)
		(*out)[n - 1] = '\0';
	return 0;
}

/* Says what is wrong without the token itself. */
static int check_token(const char *path, const char *token, struct err *e)
{
	if (strncmp(token, "pd_", 3) == 0)
		return err_code(e, ERR_INVALID, "device_token",
		                "token file: %s: holds a device's token, an "
		                "operator's (po_…) is needed",
		                path);
	if (strncmp(token, "po_", 3) != 0 || strlen(token) > TOKEN_MAX ||
	    token[strspn(token, "abcdefghijklmnopqrstuvwxyz"
	                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                        "0123456789_-")] != '\0')
		return err_set(e, ERR_INVALID,
		               "token file: %s: its first line is no "
		               "operator's token (po_…)",
		               path);
	return 0;
}

int ctl_setting_token(struct passphrase *out, const struct cli *c,
                      struct err *e)
{
	const char *path = setting(c, "token-file", "PAWL_TOKEN_FILE");
	struct buf b = BUF_INIT(PASSPHRASE_MAX);
	int result;

	if (path == NULL)
		return err_set(e, ERR_USAGE,
		               "who asks? --token-file is not given and "
		               "PAWL_TOKEN_FILE is not set");
	result = fs_read_private(&b, path, e);
	if (result == 0) {
		size_t n = strcspn(buf_str(&b), "\r\n");

		memcpy(out->text, buf_str(&b), n);
		out->text[n] = '\0';
	}
	if (b.data != NULL)
		key_wipe(b.data, b.len);
	buf_fini(&b);
	if (result != 0) {
		err_context(e, "token file");
		return -1;
	}
	return check_token(path, out->text, e);
}
