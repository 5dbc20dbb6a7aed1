// pages_target N [FILE] - touches N pages for the first time, in touch(): of its own memory, or
// of FILE, which it writes and drops from the cache first.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) static int touch(volatile char *page, int write) {
    if (write)
        *page = 1;
    return *page;
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1, size = n * 4096, sum = 0;
    int fd = -1, kind = MAP_PRIVATE | MAP_ANONYMOUS;
    if (argc > 2) {
        char page[4096] = {1};
        fd = open(argv[2], O_RDWR | O_CREAT, 0600);
        for (long i = 0; i < n; i++)
            if (write(fd, page, sizeof page) != sizeof page)
                return 1;
        fsync(fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        kind = MAP_SHARED;
    }
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, kind, fd, 0);
    if (memory == MAP_FAILED)
        return 1;
    madvise(memory, size, fd < 0 ? MADV_NOHUGEPAGE : MADV_RANDOM);
    for (long i = 0; i < n; i++)
        sum += touch(memory + i * 4096, fd < 0);
    return sum == 0;
}
