// contend_target FILE - four threads write to one file at once, each 16 times 8 MiB.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { SIZE = 8 << 20 };
static int fd;

static void *writer(void *buffer) {
    for (int i = 0; i < 16; i++)
        if (pwrite(fd, buffer, SIZE, 0) < 0)
            exit(1);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[4];
    char *buffer = calloc(1, SIZE);
    fd = open(argc > 1 ? argv[1] : "data", O_WRONLY | O_CREAT, 0600);
    if (!buffer || fd < 0)
        return 1;
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, writer, buffer))
            return 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
