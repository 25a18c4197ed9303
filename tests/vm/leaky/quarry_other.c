// SPDX-License-Identifier: GPL-2.0-only
/* quarry_other.c - the module of leaky.h, named other. */
#include "leaky.h"
