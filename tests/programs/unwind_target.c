// Call chains that tests know, each ending in u_leaf, which makes one getppid call by itself: through
// the C library's code, a signal's handler, a thread, and a function that aligns its stack. Compiled
// without frame pointers, so that only .eh_frame tells who called whom.
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

volatile long sink;

NOINLINE void u_leaf(void)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
	sink += result;
}

NOINLINE void u_inner(int size)
{
	char large[300];
	memset(large, size, sizeof large);
	u_leaf();
	sink += large[size];
}

NOINLINE void u_outer(int size)
{
	u_inner(size);
	sink++;
}

NOINLINE int u_compare(const void *a, const void *b)
{
	static int called;
	if (!called++)
		u_leaf();
	return *(const int *)a - *(const int *)b;
}

NOINLINE void u_sorted(void)
{
	int numbers[4] = { 3, 1, 2, 0 };
	qsort(numbers, 4, sizeof *numbers, u_compare);
	sink += numbers[0];
}

NOINLINE void u_handler(int number)
{
	u_leaf();
	sink += number;
}

NOINLINE void u_signalled(void)
{
	signal(SIGUSR2, u_handler);
	raise(SIGUSR2);
	sink++;
}

NOINLINE void *u_worker(void *argument)
{
	u_leaf();
	sink++;
	return argument;
}

NOINLINE void u_aligned(int size)
{
	_Alignas(64) char aligned[64];
	char *more = alloca(size);
	memset(aligned, size, sizeof aligned);
	memset(more, size, size);
	u_leaf();
	sink += aligned[size] + more[0];
}

int main(int argc, char **argv)
{
	pthread_t thread;
	u_outer(argc);
	u_sorted();
	u_signalled();
	pthread_create(&thread, NULL, u_worker, NULL);
	pthread_join(thread, NULL);
	u_aligned(argc + 20);
	sink += argv[0][0];
	return 0;
}
