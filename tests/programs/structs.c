/* A struct with everything that C has, for scripts that declare it themselves.
 *
 *   usage: structs
 *
 *   show(p)    is called once, with the values below
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum color { RED = 1, GREEN, BLUE = 200 };

struct sample {
	int number;
	unsigned int low : 3, high : 5;
	signed int below : 4;
	char name[6];
	int table[2][3];
	union {
		unsigned long whole;
		unsigned int half;
	};
	enum color color;
	void (*call)(int);
	struct {
		short first, second;
	} pair;
	struct sample *self;
	char tail[];
};

#define TRACED __attribute__((noinline, noipa))

TRACED int show(struct sample *p)
{
	return p->number;
}

int main(void)
{
	struct sample *p = calloc(1, sizeof(*p) + 16);

	if (!p)
		return 1;
	p->number = -7;
	p->low = 5;
	p->high = 17;
	p->below = -3;
	strcpy(p->name, "hawk");
	for (int i = 0; i < 6; i++)
		p->table[i / 3][i % 3] = i + 1;
	p->whole = 0x1122334455667788;
	p->color = BLUE;
	p->call = (void (*)(int))0x1000;
	p->pair.first = 3;
	p->pair.second = 4;
	p->self = p;
	strcpy(p->tail, "tail");
	return show(p) != -7;
}
