#include "config.h"

#include "lib/base/rfc3339.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z in seconds since 1970. */
#define FIRST_S INT64_C(-62135596800)
#define LAST_S INT64_C(253402300799)

/* Days since 1970-01-01 of a proleptic Gregorian date; years begin in March
 * so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int days_in_month(int64_t y, int m)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
	                           31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return days[m - 1] + (m == 2 && leap);
}

/* n digits at s, or -1. */
static int field(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

int rfc3339_parse(int64_t *out_s, const char *t)
{
	int y, mon, d, h, min, s;

	if (strlen(t) != RFC3339_SIZE - 1)
		return -1;
	if (t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' ||
	    t[16] != ':' || t[19] != 'Z')
		return -1;
	y = field(t, 4);
	mon = field(t + 5, 2);
	d = field(t + 8, 2);
	h = field(t + 11, 2);
	min = field(t + 14, 2);
	s = field(t + 17, 2);
	if (y < 1 || mon < 1 || mon > 12 || d < 1 || d > days_in_month(y, mon))
		return -1;
	if (h < 0 || h > 23 || min < 0 || min > 59 || s < 0 || s > 59)
		return -1;
	*out_s = days_from_civil(y, mon, d) * 86400 + h * 3600 + min * 60 + s;
	return 0;
}

void rfc3339_format(char out[RFC3339_SIZE], int64_t utc_s)
{
	int64_t days, rest, era, doe, yoe, doy, mp;
	unsigned y, m, d, sec;

	utc_s = utc_s < FIRST_S ? FIRST_S : utc_s > LAST_S ? LAST_S : utc_s;
	days = utc_s / 86400;
	rest = utc_s % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468; /* 0000-03-01 */
	era = days / 146097;
	doe = days % 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = (unsigned)(doy - (153 * mp + 2) / 5 + 1) & 31;
	m = (unsigned)(mp < 10 ? mp + 3 : mp - 9) & 15;
	y = (unsigned)(yoe + era * 400 + (m <= 2)) % 10000;
	sec = (unsigned)rest % 86400;
	(void)snprintf(out, RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", y,
	               m, d, sec / 3600, sec / 60 % 60, sec % 60);
}
