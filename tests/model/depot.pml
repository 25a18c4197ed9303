/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * depot.pml - magazines between CPUs (core/magazine.c), and the drain that takes
 * them all away (core/drain.c), step by step, for spin: tasks on two CPUs, each
 * with a magazine of one round, a depot with room for one full and one empty one,
 * a slab, each of these under its lock, and a third who closes the gate, waits for
 * a grace period, takes the magazines apart and opens it again.
 *
 * Held in every state:
 *	an object has one owner at a time;
 *	nobody looks into a magazine while another does;
 * and when all have ended:
 *	an object is in the slab, or in the magazine of a CPU, or in the depot;
 *	no magazine is with two of these.
 *
 * -DNO_GATE leaves out closing the gate, -DNO_GRACE the wait, -DNO_LOCK the lock of
 * the depot: these must fail.
 */
#define NR	3	/* objects */
#define MAGS	3
#define NONE	7

bit gate = 1;		/* the magazines may be used */
bit inside[2];		/* a task with preemption off */
byte loaded[2];		/* magazine of a CPU, or NONE */
byte round[MAGS];	/* the object in it, or NONE */
bit busy[MAGS];		/* somebody looks into it */
byte full_mag = 2, empty_mag = NONE;
byte in_slab = 3;	/* bits, under the lock: steps are one */
byte owners[NR];
byte ended;

#ifdef NO_LOCK
#define STEP
#else
#define STEP	d_step
#endif

inline open_mag(m)
{
	d_step {
		assert(!busy[m]);
		busy[m] = 1
	}
}

inline close_mag(m)
{
	busy[m] = 0
}

inline slab_take(o)
{
	d_step {
		o = NONE;
		if
		:: in_slab & 1 -> o = 0
		:: !(in_slab & 1) && (in_slab & 2) -> o = 1
		:: in_slab == 4 -> o = 2
		:: else -> skip
		fi;
		if
		:: o != NONE -> in_slab = in_slab & ~(1 << o)
		:: else -> skip
		fi
	}
}

inline slab_give(o)
{
	d_step {
		assert(!(in_slab & (1 << o)));
		in_slab = in_slab | (1 << o)
	}
}

/* qr_depot_swap_empty(): a full one for that of the CPU, under one lock. */
inline swap_empty(c)
{
	STEP {
		m = full_mag;
		if
		:: m != NONE && empty_mag == NONE ->
			full_mag = NONE;
			empty_mag = loaded[c];
			loaded[c] = m
		:: else -> skip
		fi
	}
}

/* qr_depot_swap_full(). */
inline swap_full(c)
{
	STEP {
		m = empty_mag;
		if
		:: m != NONE && full_mag == NONE ->
			empty_mag = NONE;
			full_mag = loaded[c];
			loaded[c] = m
		:: else -> skip
		fi
	}
}

/* Preemption off, the gate read, the magazine used if it is open, then the slab. */
inline alloc(c, o)
{
	o = NONE;
	inside[c] = 1;
	if
	:: gate && loaded[c] != NONE ->
		open_mag(loaded[c]);
		if
		:: round[loaded[c]] != NONE -> skip
		:: else ->
			close_mag(loaded[c]);
			swap_empty(c);
			open_mag(loaded[c])
		fi;
		o = round[loaded[c]];
		round[loaded[c]] = NONE;
		close_mag(loaded[c])
	:: else -> skip
	fi;
	inside[c] = 0;
	if
	:: o == NONE -> slab_take(o)
	:: else -> skip
	fi
}

inline give(c, o)
{
	inside[c] = 1;
	if
	:: gate && loaded[c] != NONE ->
		open_mag(loaded[c]);
		if
		:: round[loaded[c]] == NONE -> skip
		:: else ->
			close_mag(loaded[c]);
			swap_full(c);
			open_mag(loaded[c])
		fi;
		if
		:: round[loaded[c]] == NONE ->
			round[loaded[c]] = o;
			o = NONE
		:: else -> skip
		fi;
		close_mag(loaded[c])
	:: else -> skip
	fi;
	inside[c] = 0;
	if
	:: o != NONE -> slab_give(o)
	:: else -> skip
	fi
}

inline own(o)
{
	d_step {
		owners[o]++;
		assert(owners[o] == 1)
	}
}

proctype task(byte c)
{
	byte one, two, m;

	alloc(c, one);
	if
	:: one != NONE -> own(one)
	:: else -> skip
	fi;
	alloc(c, two);
	if
	:: two != NONE -> own(two); owners[two]--; give(c, two)
	:: else -> skip
	fi;
	if
	:: one != NONE -> owners[one]--; give(c, one)
	:: else -> skip
	fi;
	ended++
}

/* Of a CPU, or of the depot: its object to the slab, and it is gone. */
inline dissolve(m)
{
	open_mag(m);
	o = round[m];
	round[m] = NONE;
	if
	:: o != NONE -> slab_give(o)
	:: else -> skip
	fi;
	close_mag(m)
}

proctype drain()
{
	byte c, m, o;

#ifndef NO_GATE
	gate = 0;
#endif
#ifndef NO_GRACE
	/* Who was inside when it was closed has left since, once. */
	!inside[0];
	!inside[1];
#endif
	do
	:: c < 2 ->
		m = loaded[c];
		if
		:: m != NONE -> dissolve(m); loaded[c] = NONE
		:: else -> skip
		fi;
		c++
	:: else -> break
	od;
	gate = 1;
	STEP {
		m = full_mag;
		full_mag = NONE
	}
	if
	:: m != NONE -> dissolve(m)
	:: else -> skip
	fi;
	ended++
}

init {
	byte o, c, nr;

	d_step {
		loaded[0] = 0;
		loaded[1] = 1;
		round[0] = NONE;
		round[1] = NONE;
		round[2] = 2
	}
	atomic {
		run task(0);
		run task(1);
		run drain()
	}
	ended == 3;
	d_step {
		do
		:: o < NR ->
			nr = (in_slab >> o) & 1;
			c = 0;
			do
			:: c < 2 ->
				nr = nr + (loaded[c] != NONE &&
					   round[loaded[c]] == o);
				c++
			:: else -> break
			od;
			nr = nr + (full_mag != NONE && round[full_mag] == o);
			assert(nr == 1);
			o++
		:: else -> break
		od;
		assert(loaded[0] == NONE || loaded[0] != loaded[1]);
		assert(full_mag == NONE || full_mag != empty_mag)
	}
}
