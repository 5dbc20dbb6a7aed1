// N different call chains that tests know (first argument): chain I has sixteen calls below
// `walk`, of `left` where a bit of I is 0 and of `right` where it is 1, the lowest bit first, and
// then `leaf`, which makes a getppid call by itself. With a second argument, all of it again and
// again for so many milliseconds of CPU time, and with a third in so many processes at once.
// Compiled with frame pointers.
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile long sink;

static void leaf(void)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
	sink = result;
}

static void left(long path, int depth);
static void right(long path, int depth);

// No function: it would be a frame of its own.
#define NEXT(path, depth)                           \
	do {                                        \
		if ((depth) == 0)                   \
			leaf();                     \
		else if ((path)&1)                  \
			right((path) >> 1, (depth)-1); \
		else                                \
			left((path) >> 1, (depth)-1);  \
	} while (0)

// What stands behind the call keeps it from being a jump.
static void left(long path, int depth)
{
	NEXT(path, depth);
	sink++;
}

static void right(long path, int depth)
{
	NEXT(path, depth);
	sink--;
}

static void walk(long paths)
{
	for (long path = 0; path < paths; path++)
		NEXT(path, 16);
	sink++;
}

int main(int argc, char **argv)
{
	long paths = argc > 1 ? atol(argv[1]) : 1;
	long most = argc > 2 ? atol(argv[2]) * (CLOCKS_PER_SEC / 1000) : 0;
	for (long process = argc > 3 ? atol(argv[3]) : 1; process > 1; process--)
		if (fork() == 0)
			break;
	do
		walk(paths);
	while (clock() < most);
	while (wait(NULL) > 0)
		;
	return 0;
}
