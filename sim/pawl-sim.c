#include "config.h"

#include "sim/commands.h"

int main(int argc, char **argv)
{
	return cli_main(&commands_pawl_sim, argc, argv, NULL);
}
