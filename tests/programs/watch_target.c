// watch_target [fork] - writes a variable three times, then five times in another thread, and
// with `fork` seven times in a child.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

long watched __attribute__((section(".data"))) = 1;

static void write_often(int times) {
    for (int i = 0; i < times; i++)
        *(volatile long *)&watched = i;
}

static void *write_more(void *nothing) {
    write_often(5);
    return nothing;
}

int main(int count, char **words) {
    (void)words;
    write_often(3);
    pthread_t thread;
    pthread_create(&thread, NULL, write_more, NULL);
    pthread_join(thread, NULL);
    if (count > 1 && fork() == 0) {
        write_often(7);
        return 0;
    }
    wait(NULL);
    return 0;
}
