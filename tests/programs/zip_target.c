// zip_target FILE OFFSET N - maps what is at OFFSET of FILE as code, wherever that is, and
// calls it N times as `int add(int, int)` with i, 2: so code runs out of an archive, as
// Android's linker runs libraries that were not unpacked.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    long offset = atol(argv[2]), n = atol(argv[3]);
    long inside = offset & (sysconf(_SC_PAGESIZE) - 1);
    int file = open(argv[1], O_RDONLY);
    char *page = mmap(NULL, inside + 64, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, offset - inside);
    if (page == MAP_FAILED)
        return 1;
    int (*add)(int, int) = (int (*)(int, int))(page + inside);
    for (long i = 0; i < n; i++)
        if (add((int)i, 2) != i + 2)
            return 3;
    return 0;
}
