// SPDX-License-Identifier: GPL-2.0-only
/*
 * site_text.c - call sites in words.
 *
 * A site with a static record has file, line, function and module.  One known
 * by its return address has symbol text, "func+0x1c/0x90 [module]", kept from
 * the time when its module was loaded.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "site.h"
#include "site_text.h"

/* Parts "func+0x1c/0x90 [module]" into its two words. */
static void text_of_symbol(struct qr_site_text *text, const char *symbol)
{
	const char *open = strchr(symbol, '[');
	size_t len = strcspn(symbol, " ");

	scnprintf(text->func, sizeof(text->func), "%.*s", (int)len, symbol);
	if (open)
		scnprintf(text->module, sizeof(text->module), "%.*s",
			  (int)strcspn(open + 1, " ]"), open + 1);
}

void qr_site_text(u32 id, struct qr_site_text *text)
{
	const struct qr_site *site = qr_site_get(id);

	text->file = "?";
	text->line = 0;
	text->module[0] = '\0';
	strscpy(text->func, "?", sizeof(text->func));
	if (!site)
		return;
	if (!site->file) {
		if (site->func)
			text_of_symbol(text, site->func);
		return;
	}
	text->file = site->file;
	text->line = site->line;
	if (site->func)
		strscpy(text->func, site->func, sizeof(text->func));
	if (site->module)
		strscpy(text->module, site->module, sizeof(text->module));
}

const char *qr_site_line(u32 id, char *buf, size_t size)
{
	struct qr_site_text text;
	int len = 0;

	qr_site_text(id, &text);
	if (text.line)
		len = scnprintf(buf, size, "%s:%u ", text.file, text.line);
	len += scnprintf(buf + len, size - len, "%s", text.func);
	if (text.module[0])
		scnprintf(buf + len, size - len, " [%s]", text.module);
	return buf;
}

bool qr_site_is_at(u32 id, const char *where)
{
	struct qr_site_text text;
	char line[QR_SITE_LINE];

	qr_site_text(id, &text);
	if (text.line)
		scnprintf(line, sizeof(line), "%s:%u", text.file, text.line);
	else
		strscpy(line, text.func, sizeof(line));
	return !strcmp(line, where);
}
