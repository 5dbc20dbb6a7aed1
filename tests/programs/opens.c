// opens N PATH - openat() PATH N times (and close it), with nothing of libc between:
// every openat after the program's own start is one of the N.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 3)
        return fprintf(stderr, "usage: opens N PATH\n"), 2;
    for (long n = atol(argv[1]); n > 0; n--) {
        long fd = syscall(SYS_openat, AT_FDCWD, argv[2], O_RDONLY);
        if (fd >= 0)
            syscall(SYS_close, fd);
    }
    return 0;
}
