// zip_target FILE OFFSET N - maps what is at OFFSET of FILE as code, wherever that is, and
// calls it N times as `int add(int, int)` with i, 2: so code runs out of an archive, as
// Android's linker runs libraries that were not unpacked. With `led` for N it is led, as
// `chain_target.c` is.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int led(void) {
    char byte = '\n';
    return write(1, &byte, 1) == 1 && read(0, &byte, 1) == 1;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    long offset = atol(argv[2]), n = atol(argv[3]), size = sysconf(_SC_PAGESIZE);
    // What it calls may be on the page before.
    long inside = (offset & (size - 1)) + size;
    int file = open(argv[1], O_RDONLY);
    char *page = mmap(NULL, inside + size, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, offset - inside);
    if (page == MAP_FAILED)
        return 1;
    int (*add)(int, int) = (int (*)(int, int))(page + inside);
    if (!strcmp(argv[3], "led")) {
        do
            add(1, 2);
        while (led());
        return 0;
    }
    for (long i = 0; i < n; i++)
        if (add((int)i, 2) != i + 2)
            return 3;
    return 0;
}
