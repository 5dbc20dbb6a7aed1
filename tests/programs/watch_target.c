// watch_target - writes a variable three times, then five times in another thread.
#include <pthread.h>

long watched __attribute__((section(".data"))) = 1;

static void *write_more(void *nothing) {
    for (int i = 0; i < 5; i++)
        *(volatile long *)&watched = i;
    return nothing;
}

int main(void) {
    for (int i = 0; i < 3; i++)
        *(volatile long *)&watched = i;
    pthread_t thread;
    pthread_create(&thread, NULL, write_more, NULL);
    pthread_join(thread, NULL);
    return 0;
}
