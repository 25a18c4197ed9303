/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab.pml - the end of a slab (core/birth.c) while CPUs use what lies in it, step by
 * step, for spin: tasks on two CPUs, each with a magazine of one round, who allocate
 * the slab's only object, free it, and may empty their magazine; and a third who gives
 * the slab back whenever it is empty: a grace period, the look whether somebody has
 * the object after all, the stamp, another grace period, and the memory is gone.
 *
 * Held in every state:
 *	nothing is written to the descriptor of a slab that is gone;
 *	who found it by its stamp reads what is there;
 *	an object has one owner at a time, and none when its slab goes;
 *	who frees is not refused;
 * and when all have ended:
 *	the slab is gone, and no entry is believed that names it, or its object is in
 *	the slab, or in one entry that holds it, or has an owner.
 * With -DTWICE both tasks begin by freeing the object at once.  Then what is said of
 * owners and of frees does not hold, and the rest does.  An entry that is not
 * believed may be left in a magazine when the slab is gone: it is compared with what
 * is in that memory then.
 *
 * -DNO_GRACE leaves out the first wait, -DNO_LOOK to look who has the object,
 * -DNO_SECOND the wait after the stamp is taken off, -DNO_HOLD that preemption stays
 * off until what was claimed is passed on, all with -DTWICE: these must fail.
 */
#define LIVE	255
#define PASSING	254	/* in nobody's entry but that of who carries it */
#define MARK(c)	(1 + (c))

#ifdef TWICE
#define ONCE(claim)	1
byte tag = LIVE;	/* in the descriptor; 0: in the slab */
bit bit_free;		/* under the lock, as the next two: steps are one */
#else
#define ONCE(claim)	(claim)
byte tag;
bit bit_free = 1;
#endif
bit listed = 1;
bit dying;
bit stamp = 1;		/* the page is known as the slab's */
bit gone;
bit rounds[2];		/* of the magazine of a CPU */
bit inside[2];		/* preemption is off */
byte owners;
byte ended;

/* By who found the slab by its stamp. */
inline touch()
{
	assert(!gone)
}

/* slab_give(), under the lock; then slab_given(), if that is wanted. */
inline put_back()
{
	touch();
	tag = 0;
	bit_free = 1
}

/* qr_fast_push(), or free_claim() and qr_slab_give() where there is no room. */
inline give(c, done)
{
	done = 0;
	inside[c] = 1;
	if
	:: !stamp
	:: else ->
		d_step { touch(); live = (tag == LIVE) }
		if
		:: !live
		:: live && !rounds[c] ->
			d_step { touch(); tag = MARK(c) }
			rounds[c] = 1;
			done = 1
		/* No room, or an interrupt in which the magazine is busy. */
		:: live ->
			/* qr_entry_claim(): of several who try one does. */
			d_step {
				touch();
				if
				:: tag == LIVE -> tag = PASSING; done = 1
				:: else -> skip
				fi
			}
#ifdef NO_HOLD
			inside[c] = 0;
#endif
			if
			:: done -> d_step { put_back() }
			:: else -> skip
			fi
		fi
	fi;
	inside[c] = 0
}

/* Whether the entry of CPU @c holds the object: what is gone names no entry. */
#define HOLDS(c)	(!gone && tag == MARK(c))

/* qr_fast_pop(), then qr_slab_take() under the lock. */
inline alloc(c, got)
{
	got = 0;
	inside[c] = 1;
	if
	:: rounds[c] && HOLDS(c) ->
		d_step { touch(); tag = LIVE; got = 1 }
		rounds[c] = 0
	:: rounds[c] && !HOLDS(c) -> rounds[c] = 0
	:: !rounds[c]
	fi;
	if
	:: got
	:: else ->
		d_step {
			if
			:: listed && bit_free ->
				bit_free = 0;
				/* Freed twice, late: it is in an entry, too. */
				if
				:: tag == 0 -> tag = PASSING; got = 1
				:: else -> skip
				fi
			:: else -> skip
			fi
		}
		if
		:: got -> d_step { touch(); tag = LIVE }
		:: else -> skip
		fi
	fi;
	inside[c] = 0
}

/* flush_of(), under the lock. */
inline flush(c)
{
	inside[c] = 1;
	d_step {
		if
		:: rounds[c] && HOLDS(c) -> put_back()
		:: else -> skip
		fi;
		rounds[c] = 0
	}
	inside[c] = 0
}

/* Has the object for a while. */
inline use(c)
{
	alloc(c, got);
	if
	:: got ->
		d_step { owners++; assert(ONCE(owners == 1 && !gone)) }
		owners--;
		give(c, done);
		assert(ONCE(done))
	:: else -> skip
	fi
}

proctype task(byte c)
{
	bit done, got, live;

#ifdef TWICE
	give(c, done);
#else
	use(c);
#endif
	use(c);
	if
	:: flush(c)
	:: skip
	fi;
	ended++
}

/* A grace period: each CPU has been seen with preemption on. */
inline grace()
{
	!inside[0];
	!inside[1]
}

/* The tick, or whoever freed the last object, and RCU after it. */
active proctype end()
{
	do
	:: d_step { listed && bit_free -> listed = 0; dying = 1 }
#ifndef NO_GRACE
		grace();
#endif
		/* slab_end(): keep(), if somebody has the object. */
		d_step {
			if
#ifndef NO_LOOK
			:: tag != 0 -> bit_free = 0; dying = 0; listed = 1
#endif
			:: else -> skip
			fi
		}
		if
		:: dying ->
			stamp = 0;
#ifndef NO_SECOND
			grace();
#endif
			d_step { assert(ONCE(owners == 0)); gone = 1 }
			break
		:: else -> skip
		fi
	:: ended == 2 -> break
	od;
	ended == 2;
	d_step {
		assert(!gone || (tag != MARK(0) && tag != MARK(1)));
		assert(gone ||
		       (tag == LIVE) ||
		       (tag == 0 && bit_free) ||
		       (tag == MARK(0) && rounds[0]) ||
		       (tag == MARK(1) && rounds[1]))
	}
}

init {
	atomic { run task(0); run task(1) }
}
