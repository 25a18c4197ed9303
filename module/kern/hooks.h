/* SPDX-License-Identifier: GPL-2.0-only */
/* hooks.h - start and end of what listens to the rest of the kernel. */
#ifndef _QR_HOOKS_H
#define _QR_HOOKS_H

int qr_shrinker_init(void);
void qr_shrinker_exit(void);

/* Empties the magazines of all CPUs soon, but not too often. */
void qr_age_press(void);
/* No more ticks; nobody allocates any more. */
void qr_age_exit(void);

/* Samples for growth every @period_s seconds, never where that is 0. */
void qr_growth_clock_init(unsigned int period_s);
void qr_growth_clock_exit(void);

int qr_hotplug_init(void);
void qr_hotplug_exit(void);

int qr_unload_init(void);
void qr_unload_exit(void);

/* Catches what the kernel's kfree() is given of ours, where that can be. */
void qr_stray_init(void);
void qr_stray_exit(void);

/* Where the code of a module lies, and of its init. */
struct module;
struct qr_code;
void qr_module_code(const struct module *module, struct qr_code *text,
		    struct qr_code *init);

/* Tells what is known of addresses when the kernel dies. */
int qr_die_init(void);
void qr_die_exit(void);

/* Adds what is known to KASAN's reports. */
int qr_kasan_init(void);
void qr_kasan_exit(void);

#endif /* _QR_HOOKS_H */
