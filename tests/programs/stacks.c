// A call chain that tests know: main → outer → middle → inner, which makes N (first argument)
// getppid calls by itself; then it waits to be ended, unless there is a
// second argument. Compiled with frame pointers.
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

volatile long sink;

__attribute__((noinline)) void inner(long calls)
{
	for (long i = 0; i < calls; i++) {
		long result;
		__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
		sink = result;
	}
	sink++;
}

__attribute__((noinline)) void middle(long calls)
{
	inner(calls);
	sink++;
}

__attribute__((noinline)) void outer(long calls)
{
	middle(calls);
	sink++;
}

int main(int argc, char **argv)
{
	outer(argc > 1 ? atol(argv[1]) : 1);
	while (argc < 3)
		pause();
	return 0;
}
