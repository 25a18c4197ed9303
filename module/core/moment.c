// SPDX-License-Identifier: GPL-2.0-only
/* moment.c - moments that births can be told from.  Takes no locks. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>

#include "moment.h"
#include "tag.h"

unsigned long qr_moment(void)
{
	unsigned long moment = (jiffies | QR_TAG_LIVE) + 1;

	while (time_before(jiffies, moment))
		usleep_range(100, 1000);
	return moment;
}
