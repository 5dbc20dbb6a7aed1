// A library for `zip_target`, which needs nothing but its own code: add → zip_inner, which makes one
// getppid call by itself. Compiled without frame pointers.
#include <sys/syscall.h>

__attribute__((noinline, noclone)) static int zip_inner(int a, int b)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
	return a + b;
}

int add(int a, int b)
{
	int sum = zip_inner(a, b);
	__asm__ volatile("" : "+r"(sum));
	return sum;
}
