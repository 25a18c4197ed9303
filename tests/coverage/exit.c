// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit.c - what a process counted is written where it ends by _exit(), too, as
 * the children of kselftest's harness do.  Linked with --wrap=_exit.
 */
void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
