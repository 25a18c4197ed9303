# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What README.md says about use, so that it can be tried by its own words.
# Sourced; needs $readme, the file, and $release, a kernel's.

# Code between "```c" and "```": includes, or with $1 what goes into a function.
example() {
	awk -v body="${1:-}" '
		/^```/ { inside = $0 == "```c"; next }
		inside && /^#include/ == !body' "$readme"
}

# write_user DIR: user.c with that code, and what it takes for granted.
write_user() {
	{
		echo '#include <linux/err.h>'
		echo '#include <linux/module.h>'
		echo '#include <linux/rcupdate.h>'
		example
		cat <<-'END'
		struct conn { struct rcu_head rcu; int state; };

		static int use(const char *name, size_t n, size_t len, size_t len2)
		{
			struct conn *c;
			long *a;
			void *p;
			char *s;

		END
		example body
		cat <<-'END'
			return a && p && s;
		}

		static int __init user_init(void)
		{
			return use("user", 1, 2, 3);
		}
		module_init(user_init);
		MODULE_DESCRIPTION("README's example");
		MODULE_LICENSE("GPL");
		END
	} >"$1/user.c"
}

# The words of README that match, for that kernel.
said() {
	tr -s '\n' ' ' <"$readme" | grep -oE "$1" | head -n 1 |
		sed "s|<release>|$release|"
}
