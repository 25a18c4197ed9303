// SPDX-License-Identifier: GPL-2.0-only
/* quarry_leaky.c - the module of leaky.h, named leaky. */
#include "leaky.h"
