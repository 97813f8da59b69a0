#include "config.h"

#include "cli/cli.h"
#include "lib/crypto/key.h"
#include "net/net.h"
#include "repo-tools/ctl/commands.h"

int main(int argc, char **argv)
{
	key_library_init();
	return cli_main(&ctl_commands_pawlctl, argc, argv, NULL);
}
