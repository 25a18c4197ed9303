// SPDX-License-Identifier: GPL-2.0-only
/*
 * list.c - changes to lists, each checked: an entry whose neighbours do not
 * know it is damage, or was deleted already.
 */
#include <linux/list.h>

#define POISON_NEXT	((struct list_head *)0xdead000000000100)
#define POISON_PREV	((struct list_head *)0xdead000000000122)

void INIT_LIST_HEAD(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	WRITE_ONCE(list->prev, list);
}

static void link_between(struct list_head *entry, struct list_head *prev,
			 struct list_head *next)
{
	if (prev->next != next || next->prev != prev)
		mirror_panic("list damaged between %px and %px", prev, next);
	if (entry == prev || entry == next)
		mirror_panic("list entry %px added twice", entry);
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	WRITE_ONCE(prev->next, entry);
}

static void unlink_entry(struct list_head *entry)
{
	if (entry->next == POISON_NEXT || entry->prev == POISON_PREV)
		mirror_panic("list entry %px deleted twice", entry);
	if (entry->prev->next != entry || entry->next->prev != entry)
		mirror_panic("list damaged at %px", entry);
	entry->next->prev = entry->prev;
	WRITE_ONCE(entry->prev->next, entry->next);
}

void list_add(struct list_head *entry, struct list_head *head)
{
	link_between(entry, head, head->next);
}

void list_add_tail(struct list_head *entry, struct list_head *head)
{
	link_between(entry, head->prev, head);
}

void list_del(struct list_head *entry)
{
	unlink_entry(entry);
	entry->next = POISON_NEXT;
	entry->prev = POISON_PREV;
}

void list_del_init(struct list_head *entry)
{
	unlink_entry(entry);
	INIT_LIST_HEAD(entry);
}

void list_move(struct list_head *entry, struct list_head *head)
{
	unlink_entry(entry);
	list_add(entry, head);
}

void list_move_tail(struct list_head *entry, struct list_head *head)
{
	unlink_entry(entry);
	list_add_tail(entry, head);
}

static void splice(struct list_head *from, struct list_head *prev,
		   struct list_head *next)
{
	if (list_empty(from))
		return;
	from->next->prev = prev;
	prev->next = from->next;
	from->prev->next = next;
	next->prev = from->prev;
	INIT_LIST_HEAD(from);
}

void list_splice_init(struct list_head *from, struct list_head *head)
{
	splice(from, head, head->next);
}

void list_splice_tail_init(struct list_head *from, struct list_head *head)
{
	splice(from, head->prev, head);
}
