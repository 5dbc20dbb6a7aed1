// A call chain that tests know, with two inlined functions: main → outer → [between] → inner → last →
// [ask], which makes one getppid call by itself. With an argument it is led: after each chain it
// writes a line, and each byte that it reads is one chain more; it ends where there is nothing to read.
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define INLINE static inline __attribute__((always_inline))

volatile long sink;

INLINE void ask(void)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
	sink += result;
}

NOINLINE void last(void)
{
	ask();
	sink++;
}

NOINLINE void inner(int size)
{
	char large[300];
	memset(large, size, sizeof large);
	last();
	sink += large[size];
}

INLINE void between(int size)
{
	inner(size);
	sink++;
}

NOINLINE void outer(int size)
{
	between(size);
	sink++;
}

static int led(void)
{
	char byte = '\n';
	return write(1, &byte, 1) == 1 && read(0, &byte, 1) == 1;
}

int main(int argc, char **argv)
{
	(void)argv;
	do
		outer(argc);
	while (argc > 1 && led());
	return 0;
}
