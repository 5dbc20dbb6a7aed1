// jit_target N - makes three functions at run time, as a just-in-time compiler does, with names for
// them in /tmp/perf-PID.map, and calls the first N times, 20 a second: jit_outer → jit_middle →
// jit_leaf, which makes one getppid call. All keep frame pointers. The names stay when it ends.
// jit_target led - is led, as `chain_target.c` is.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// push %rbp; mov %rsp,%rbp; call +0 (to be filled in); pop %rbp; ret
static const unsigned char caller[] = {0x55, 0x48, 0x89, 0xe5, 0xe8, 0, 0, 0, 0, 0x5d, 0xc3};
// push %rbp; mov %rsp,%rbp; mov $110,%eax; syscall; pop %rbp; ret
static const unsigned char leaf[] = {0x55, 0x48, 0x89, 0xe5, 0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0x5d, 0xc3};

enum { OUTER = 0, MIDDLE = 64, LEAF = 128, SIZE = 4096 };

static void put(unsigned char *code, int at, int callee)
{
	int distance = callee - (at + 9);
	memcpy(code + at, caller, sizeof caller);
	memcpy(code + at + 5, &distance, sizeof distance);
}

__attribute__((noinline)) static void run(unsigned char *code)
{
	((void (*)(void))code)();
	__asm__ volatile("" ::: "memory");
}

static int led(void)
{
	char byte = '\n';
	return write(1, &byte, 1) == 1 && read(0, &byte, 1) == 1;
}

int main(int argc, char **argv)
{
	unsigned char *code =
		mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return 1;
	put(code, OUTER, MIDDLE);
	put(code, MIDDLE, LEAF);
	memcpy(code + LEAF, leaf, sizeof leaf);
	char path[64];
	snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
	FILE *names = fopen(path, "w");
	if (!names)
		return 2;
	fprintf(names, "%lx %zx jit_outer\n", (long)(code + OUTER), sizeof caller);
	fprintf(names, "%lx %zx jit_middle\n", (long)(code + MIDDLE), sizeof caller);
	fprintf(names, "%lx %zx jit_leaf\n", (long)(code + LEAF), sizeof leaf);
	fclose(names);
	if (argc > 1 && !strcmp(argv[1], "led")) {
		do
			run(code);
		while (led());
		return 0;
	}
	for (int i = argc > 1 ? atoi(argv[1]) : 1; i > 0; i--) {
		run(code);
		usleep(50000);
	}
	return 0;
}
