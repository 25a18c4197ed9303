/* SPDX-License-Identifier: GPL-2.0-only */
/* version.h - the one place that says which quarry this is. */
#ifndef _QR_VERSION_H
#define _QR_VERSION_H

#define QR_VERSION	"0.1"

#endif /* _QR_VERSION_H */
