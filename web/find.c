#include "config.h"

#include "web/assets.h"

#include <string.h>

const struct web_asset *web_asset_find(const char *name)
{
	for (size_t i = 0; i < web_n_assets; i++)
		if (strcmp(web_assets[i].name, name) == 0)
			return &web_assets[i];
	return NULL;
}
