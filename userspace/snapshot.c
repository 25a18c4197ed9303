// SPDX-License-Identifier: GPL-2.0-only
/*
 * snapshot.c - a copy of the process as it is while no other thread of it runs.
 * A helper process that shares our memory stops the threads through ptrace(),
 * which none of them notices, not even in a system call; takes their
 * registers; makes the copy, and lets them go on.  Nothing here allocates: a
 * stopped thread may be inside malloc().
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/mm.h>

#include "machine.h"

#define HELPER_STACK	(256UL << 10)

struct request {
	struct mirror_threads *threads;
	/* Of who asks: not to be stopped, it waits. */
	pid_t asker;
	int (*fn)(void *data);
	void *data;
};

/* --------------------------------------------------------------- threads */

static pid_t wait_for(pid_t pid, int *status)
{
	pid_t got;

	do {
		got = waitpid(pid, status, __WALL);
	} while (got < 0 && errno == EINTR);
	return got;
}

static bool registers_take(struct mirror_thread *thread)
{
	struct iovec regs = {
		.iov_base = &thread->regs, .iov_len = sizeof(thread->regs),
	};

	if (ptrace(PTRACE_GETREGSET, thread->tid, (void *)NT_PRSTATUS, &regs))
		return false;
#if defined(__x86_64__)
	/* Less what a function may use below it without saying so. */
	thread->sp = thread->regs.rsp - 128;
#elif defined(__aarch64__)
	thread->sp = thread->regs.sp;
#else
#error "where is the stack pointer?"
#endif
	return true;
}

/* True when @tid is a thread that was not known, and stands still now. */
static bool thread_stop(struct mirror_threads *threads, pid_t tid)
{
	struct mirror_thread *thread = &threads->thread[threads->nr];
	unsigned int i;
	int status;

	for (i = 0; i < threads->nr; i++)
		if (threads->thread[i].tid == tid)
			return false;
	if (threads->nr == MIRROR_THREADS_MAX ||
	    ptrace(PTRACE_SEIZE, tid, NULL, NULL))
		return false;
	*thread = (struct mirror_thread) { .tid = tid };
	/* Gone already, it is nobody's stack. */
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) ||
	    wait_for(tid, &status) != tid || !WIFSTOPPED(status))
		return false;
	registers_take(thread);
	threads->nr++;
	return true;
}

struct entry {
	u64 ino;
	s64 off;
	unsigned short bytes;
	unsigned char type;
	char name[];
};

static pid_t number(const char *text)
{
	pid_t value = 0;

	while (*text >= '0' && *text <= '9')
		value = value * 10 + *text++ - '0';
	return value;
}

/* Stops those that are not stopped yet; how many there were. */
static unsigned int threads_stop(const struct request *request, int tasks)
{
	char buf[4096] __aligned(8);
	unsigned int nr = 0;
	long len, at;

	lseek(tasks, 0, SEEK_SET);
	while ((len = syscall(SYS_getdents64, tasks, buf, sizeof(buf))) > 0) {
		for (at = 0; at < len; at += ((struct entry *)(buf + at))->bytes) {
			pid_t tid = number(((struct entry *)(buf + at))->name);

			if (tid && tid != request->asker)
				nr += thread_stop(request->threads, tid);
		}
	}
	return nr;
}

static void threads_go_on(const struct mirror_threads *threads)
{
	unsigned int i;

	for (i = 0; i < threads->nr; i++)
		ptrace(PTRACE_DETACH, threads->thread[i].tid, NULL, NULL);
}

/* ---------------------------------------------------------------- helper */

/* "/proc/PID/task" of the process that asked. */
static int tasks_open(pid_t pid)
{
	char path[64] = "/proc/", digits[16], *to = path + 6;
	int nr = 0;

	for (; pid; pid /= 10)
		digits[nr++] = '0' + pid % 10;
	while (nr)
		*to++ = digits[--nr];
	strcpy(to, "/task");
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Exits with what the copy returned, or 255. */
static int helper(void *data)
{
	const struct request *request = data;
	int tasks = tasks_open(getppid()), status = 255;
	pid_t copy;

	if (tasks < 0)
		return 255;
	/* Those that run while others are stopped may make more. */
	while (threads_stop(request, tasks))
		;
	/* No fork(): it would wait for locks of threads that are stopped. */
	copy = syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
	if (!copy)
		_exit(request->fn(request->data));
	threads_go_on(request->threads);
	close(tasks);
	if (copy < 0 || wait_for(copy, &status) != copy || !WIFEXITED(status))
		return 255;
	return WEXITSTATUS(status);
}

/* Between pages that nobody may touch: a mapping apart from all others. */
static char *stack_create(void)
{
	char *at = mmap(NULL, HELPER_STACK + 2 * PAGE_SIZE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (!mprotect(at + PAGE_SIZE, HELPER_STACK, PROT_READ | PROT_WRITE))
		return at + PAGE_SIZE;
	munmap(at, HELPER_STACK + 2 * PAGE_SIZE);
	return NULL;
}

int mirror_snapshot(struct mirror_threads *threads, int (*fn)(void *data),
		    void *data)
{
	struct request request = {
		.threads = threads, .asker = syscall(SYS_gettid),
		.fn = fn, .data = data,
	};
	int status = 0;
	char *stack;
	pid_t pid;

	threads->nr = 0;
	stack = stack_create();
	if (!stack)
		return -ENOMEM;
	/* Where only descendants may be traced: the helper is none of ours. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	pid = clone(helper, stack + HELPER_STACK, CLONE_VM | CLONE_FS,
		    &request);
	if (pid > 0 && wait_for(pid, &status) != pid)
		status = 1;
	prctl(PR_SET_PTRACER, 0, 0, 0, 0);
	munmap(stack - PAGE_SIZE, HELPER_STACK + 2 * PAGE_SIZE);
	return pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) ? -EIO : 0;
}
