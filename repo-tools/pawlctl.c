#include "config.h"

#include "lib/crypto/key.h"
#include "repo-tools/cli.h"
#include "repo-tools/ctl_commands.h"
#include "repo-tools/net.h"

int main(int argc, char **argv)
{
	key_library_init();
	return cli_main(&ctl_commands_pawlctl, argc, argv, NULL);
}
