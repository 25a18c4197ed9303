/* SPDX-License-Identifier: GPL-2.0-only */
/* errno.h - uapi has them all but the kernel's own. */
#include_next <linux/errno.h>

#ifndef _MIRROR_LINUX_ERRNO_H
#define _MIRROR_LINUX_ERRNO_H

/* ENOTSUPP and ERESTARTSYS never reach userspace. */
#define ERESTARTSYS	512
#define ENOTSUPP	524

#endif /* _MIRROR_LINUX_ERRNO_H */
