// locals_target NAME - has local variables of many kinds at lines that tests find by their comments.
#include <stdlib.h>

struct point {
	int x, y;
	struct point *next;
};

enum colour { RED, GREEN, BLUE };

static volatile long sink;

__attribute__((noipa)) static void use(const void *address, long number)
{
	sink += number + (address != NULL);
}

__attribute__((noipa)) static long walk(int count, const char *name)
{ // the head
	struct point here = { count, count * 2, NULL }; // the first of the body
	struct point there = { -1, -2, &here };
	enum colour colour = (enum colour)(count % 3);
	int unused = count * 7;
	long sum = 0;
	(void)unused;
	use(&there, colour); // before the loop
	for (int turn = 0; turn < count; turn++) {
		short tens = (short)(turn * 10);
		sum += tens;
		use(name, sum); // in the loop
	}
	use(&here, sum); // behind the loop
	return sum;
}

int main(int argc, char **argv)
{
	return walk(argc + 2, argv[argc - 1]) == 60 ? 0 : 1;
}
