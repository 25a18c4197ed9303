/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list.h - circular doubly linked lists that check their links, as a kernel
 * with CONFIG_DEBUG_LIST does.  list.c has what changes a list.
 */
#ifndef _MIRROR_LINUX_LIST_H
#define _MIRROR_LINUX_LIST_H

#include <linux/kernel.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

void INIT_LIST_HEAD(struct list_head *list);
void list_add(struct list_head *entry, struct list_head *head);
void list_add_tail(struct list_head *entry, struct list_head *head);
/* Poisons the links of @entry. */
void list_del(struct list_head *entry);
void list_del_init(struct list_head *entry);
void list_move(struct list_head *entry, struct list_head *head);
void list_move_tail(struct list_head *entry, struct list_head *head);
void list_splice_init(struct list_head *from, struct list_head *head);
void list_splice_tail_init(struct list_head *from, struct list_head *head);

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

#define list_is_singular(head) \
	(!list_empty(head) && (head)->next == (head)->prev)
#define list_is_last(entry, head)	((entry)->next == (head))

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, m)	list_entry((head)->next, type, m)
#define list_last_entry(head, type, m)	list_entry((head)->prev, type, m)
#define list_first_entry_or_null(head, type, m) \
	(list_empty(head) ? NULL : list_first_entry(head, type, m))

/* Not &pos->m: at the end @pos is no entry, and may not be aligned as one. */
#define MIRROR_LINK(pos, m) \
	((struct list_head *)((char *)(pos) + offsetof(typeof(*(pos)), m)))
#define list_next_entry(pos, m) \
	list_entry(MIRROR_LINK(pos, m)->next, typeof(*(pos)), m)

#define list_for_each(pos, head) \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)
#define list_for_each_entry(pos, head, m)				\
	for ((pos) = list_first_entry(head, typeof(*(pos)), m);		\
	     MIRROR_LINK(pos, m) != (head); (pos) = list_next_entry(pos, m))
#define list_for_each_entry_reverse(pos, head, m)			\
	for ((pos) = list_last_entry(head, typeof(*(pos)), m);		\
	     MIRROR_LINK(pos, m) != (head); (pos) =			\
	     list_entry(MIRROR_LINK(pos, m)->prev, typeof(*(pos)), m))
#define list_for_each_entry_safe(pos, n, head, m)			\
	for ((pos) = list_first_entry(head, typeof(*(pos)), m),		\
	     (n) = list_next_entry(pos, m); MIRROR_LINK(pos, m) != (head); \
	     (pos) = (n), (n) = list_next_entry(n, m))

#endif /* _MIRROR_LINUX_LIST_H */
