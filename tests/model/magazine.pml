/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * magazine.pml - the fast path (core/fast.h) and its slow twins, step by step,
 * for spin: tasks on two CPUs, each with a magazine, an interrupt on each at any
 * moment, and a slab under its lock.  Between any two steps anybody else may run,
 * but a task not while its CPU is in an interrupt.
 *
 * Held in every state, for clients that free what is theirs, once:
 *	an object has one owner at a time;
 *	who frees is not refused;
 * and when all have ended:
 *	an object is in the slab, or in one entry that holds it, or has an owner;
 *	all magazines are open.
 * With -DTWICE both tasks begin by freeing the same object at once.  Then no other
 * object has two owners, and that one has two at a time at most, who may be followed
 * by others as long as one of them has it; and all ends as above.
 *
 * -DOFF has all entries share one mark, where level off has them share six bits:
 * the object that was freed twice may then be in two of them in the end.
 *
 * -DNO_BUSY leaves out taking a magazine before it is used, -DNO_MARK with -DTWICE
 * whether the tag names the entry that is popped: these must fail.
 */
#define NR	2	/* objects */
#define CAP	2	/* rounds of a magazine */
#define LIVE	255
#define PASSING	254	/* in nobody's entry but that of who carries it */
#define NONE	253

/* What the tag says of who is in entry @e of CPU @c; 0: in the slab. */
#ifdef OFF
#define MARK(c, e)	1
#else
#define MARK(c, e)	(1 + (c) * CAP + (e))
#endif

byte tag[NR];
byte in_slab = 3;	/* bits, under the lock: steps are one */
byte entry[2 * CAP];
byte top[2];
bit home[2] = 1;
bit in_irq[2];
byte owners[NR];
byte ended;

#ifdef NO_BUSY
#define TAKE_HOME(c)	skip
#else
#define TAKE_HOME(c)	home[c] = 0
#endif

/* qr_fast_pop(), then take_newest() for an entry that does not hold, then slab. */
inline alloc(c, o)
{
	o = NONE;
	if
	:: home[c] == 0
	:: else ->
		TAKE_HOME(c);
		t = top[c];
		if
		:: t == 0
		:: else ->
			o = entry[c * CAP + t - 1];
#ifndef NO_MARK
			if
			:: tag[o] != MARK(c, t - 1) ->
				/* Not believed: the entry goes, not the object. */
				o = NONE
			:: else -> tag[o] = LIVE
			fi;
#else
			tag[o] = LIVE;
#endif
			top[c] = t - 1
		fi;
		home[c] = 1
	fi;
	if
	:: o != NONE
	:: else ->
		/* qr_slab_take(): under the lock. */
		d_step {
			if
			:: in_slab & 1 -> o = 0; in_slab = in_slab & ~1
			:: !(in_slab & 1) && (in_slab & 2) ->
				o = 1; in_slab = in_slab & ~2
			:: else -> skip
			fi;
			if
			:: o == NONE
			:: o != NONE && tag[o] == 0 -> tag[o] = PASSING
			/* Freed twice, late: it is in an entry, too. */
			:: else -> o = NONE
			fi
		}
		if
		:: o != NONE -> tag[o] = LIVE
		:: else -> skip
		fi
	fi
}

/* qr_fast_push(), then free_claim() and the slab.  @done: 0 is a refusal. */
inline give(c, o, done)
{
	done = 0;
	if
	:: home[c] == 0
	:: else ->
		if
		:: tag[o] != LIVE
		:: else ->
			TAKE_HOME(c);
			t = top[c];
			if
			:: t == CAP
			:: else ->
				entry[c * CAP + t] = o;
				tag[o] = MARK(c, t);
				top[c] = t + 1;
				done = 1
			fi;
			home[c] = 1
		fi
	fi;
	if
	:: done
	:: else ->
		/* qr_entry_claim(): of several who try one does. */
		d_step {
			if
			:: tag[o] == LIVE -> tag[o] = PASSING; done = 1
			:: else -> skip
			fi
		}
		if
		:: done ->
			/* qr_slab_give(): under the lock. */
			d_step {
				tag[o] = 0;
				in_slab = in_slab | (1 << o)
			}
		:: else -> skip
		fi
	fi
}

#ifdef TWICE
#define OWNERS_MAX(o)	((o) == 0 -> 2 : 1)
#else
#define OWNERS_MAX(o)	1
#endif

/* Has an object for a while. */
inline use(c)
{
	alloc(c, object);
	if
	:: object == NONE
	:: else ->
		d_step {
			owners[object]++;
			assert(owners[object] <= OWNERS_MAX(object))
		}
		owners[object]--;
		give(c, object, done);
#ifndef TWICE
		assert(done)
#endif
	fi
}

proctype task(byte c) provided (!in_irq[c])
{
	byte object, t;
	bit done;

#ifdef TWICE
	object = 0;
	give(c, object, done);
#endif
	use(c);
#ifndef TWICE
	use(c);
#endif
	ended++
}

proctype interrupt(byte c)
{
	byte object, t;
	bit done;

	in_irq[c] = 1;
	use(c);
	in_irq[c] = 0;
	ended++
}

/* Level off cannot tell the two apart that it was freed into at once. */
#ifdef OFF
#define ENTRIES_MAX(o)	OWNERS_MAX(o)
#else
#define ENTRIES_MAX(o)	1
#endif

#ifdef NO_MARK
#define HOLDS(c, e, o)	(entry[(c) * CAP + (e)] == o)
#else
#define HOLDS(c, e, o)	(entry[(c) * CAP + (e)] == o && tag[o] == MARK(c, e))
#endif

/* How many entries hold @o. */
inline count_entries(o)
{
	c = 0;
	do
	:: c < 2 ->
		t = 0;
		do
		:: t < top[c] ->
			if
			:: HOLDS(c, t, o) -> nr++
			:: else -> skip
			fi;
			t++
		:: else -> break
		od;
		c++
	:: else -> break
	od
}

init {
	byte o, c, t, nr;

	atomic {
#ifdef TWICE
		/* Object 0 has an owner who gave its address to both. */
		in_slab = 2;
		tag[0] = LIVE;
#endif
		run task(0);
		run task(1);
		run interrupt(0);
		run interrupt(1);
	}
	ended == 4;
	d_step {
		assert(home[0] && home[1]);
		do
		:: o < NR ->
			/* A bit is not believed where the tag names an entry. */
			nr = (tag[o] == 0 -> (in_slab >> o) & 1 : 0);
			count_entries(o);
			assert(nr >= 1 && nr <= ENTRIES_MAX(o));
			o++
		:: else -> break
		od
	}
}
