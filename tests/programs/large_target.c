// A program with much debug information, as large servers have it: 16 files of the same 1,024
// functions, each with a type of its own and with two inlined calls. It calls them one after the
// other in an order that leaves no file out, for so many milliseconds of CPU time (first argument);
// with a second argument, so many copies of it do so at once, each from a file of its own.
// Compiled once for each file with -DFILE_NUMBER=0…15, and once without it for `main`.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef long (*function)(long);

#ifdef FILE_NUMBER

#define PASTE(a, b, c) a##b##_##c
#define NAME(a, b, c) PASTE(a, b, c)
#define OWN(name, n) NAME(name, FILE_NUMBER, n)

#define FUNCTION(n)                                                                         \
	struct OWN(record, n) {                                                             \
		long first, second;                                                         \
		struct OWN(record, n) * next;                                               \
		char name[n % 32 + 1];                                                      \
	};                                                                                  \
	static inline long OWN(inner, n)(const struct OWN(record, n) * record, long turns)  \
	{                                                                                   \
		long sum = record->first;                                                   \
		for (long turn = 0; turn < turns; turn++)                                   \
			sum = sum * 31 + (turn ^ record->second);                           \
		return sum;                                                                 \
	}                                                                                   \
	static inline long OWN(middle, n)(struct OWN(record, n) * record, long turns)       \
	{                                                                                   \
		record->second = turns;                                                     \
		return OWN(inner, n)(record, turns) + n;                                    \
	}                                                                                   \
	__attribute__((noinline)) static long OWN(outer, n)(long value)                     \
	{                                                                                   \
		struct OWN(record, n) record = { .first = value };                          \
		return OWN(middle, n)(&record, 2000 + value % 7);                           \
	}

#define TWO(m, n) m(n##0) m(n##1)
#define FOUR(m, n) TWO(m, n##0) TWO(m, n##1)
#define SIXTEEN(m, n) FOUR(m, n##0) FOUR(m, n##1) FOUR(m, n##2) FOUR(m, n##3)
#define MANY(m, n) SIXTEEN(m, n##0) SIXTEEN(m, n##1) SIXTEEN(m, n##2) SIXTEEN(m, n##3)
#define MORE(m, n) MANY(m, n##0) MANY(m, n##1) MANY(m, n##2) MANY(m, n##3)
#define ALL(m) MORE(m, 1) MORE(m, 2) MORE(m, 3) MORE(m, 4)

ALL(FUNCTION)

#define ENTRY(n) OWN(outer, n),
const function NAME(functions, FILE_NUMBER, all)[] = { ALL(ENTRY) 0 };

#else

#define FILES(m) m(0) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15)
#define DECLARE(n) extern const function functions##n##_all[];
FILES(DECLARE)
#define LIST(n) functions##n##_all,
static const function *const all[] = { FILES(LIST) };

volatile long sink;

static long count(const function *list)
{
	long length = 0;
	while (list[length])
		length++;
	return length;
}

static int copy_to(const char *path)
{
	struct stat about;
	int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);
	if (from < 0 || to < 0 || fstat(from, &about) != 0)
		return -1;
	for (off_t left = about.st_size; left > 0;) {
		ssize_t sent = sendfile(to, from, NULL, left);
		if (sent <= 0)
			return -1;
		left -= sent;
	}
	return close(from) | close(to);
}

static int run_copies(long copies, char *milliseconds)
{
	char folder[] = "/tmp/large.XXXXXX", path[64];
	int failed = mkdtemp(folder) == NULL;
	for (long copy = 0; copy < copies && !failed; copy++) {
		snprintf(path, sizeof(path), "%s/large%ld", folder, copy);
		failed = copy_to(path) != 0;
		if (!failed && fork() == 0) {
			execl(path, path, milliseconds, NULL);
			_exit(127);
		}
	}
	while (wait(NULL) > 0)
		;
	for (long copy = 0; copy < copies; copy++) {
		snprintf(path, sizeof(path), "%s/large%ld", folder, copy);
		unlink(path);
	}
	rmdir(folder);
	return failed;
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return run_copies(atol(argv[2]), argv[1]);
	clock_t end = argc > 1 ? atol(argv[1]) * (CLOCKS_PER_SEC / 1000) : 0;
	long length = count(all[0]), files = sizeof(all) / sizeof(*all);
	long turn = 0;
	do {
		const function *list = all[turn % files];
		sink = list[turn * 7919 / files % length](turn);
		turn++;
	} while (clock() < end);
	return 0;
}

#endif
