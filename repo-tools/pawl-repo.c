#include "config.h"

#include "cli/cli.h"
#include "lib/crypto/key.h"
#include "repo-tools/cmd/commands.h"

int main(int argc, char **argv)
{
	key_library_init();
	return cli_main(&commands_pawl_repo, argc, argv, NULL);
}
