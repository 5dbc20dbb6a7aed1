// given_target [N [M]] - adds one to each of two counters N times, in turn, by a function that is given
// the counter's address, the second from another thread; with another M, to M counters N times.
// Without N, to one of them every millisecond for a minute.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static long counters[16];

__attribute__((noinline)) void increment(int nothing, volatile long *counter) {
    *counter += 1 + nothing;
}

static void *second(void *nothing) {
    increment(0, &counters[8]);
    return nothing;
}

int main(int count, char **words) {
    if (count < 2) {
        for (int i = 0; i < 60000; i++) {
            increment(0, &counters[0]);
            usleep(1000);
        }
        return 0;
    }
    for (int i = atoi(words[1]); i > 0; i--) {
        for (int j = 0; count > 2 && j < atoi(words[2]); j++)
            increment(0, &counters[j]);
        if (count > 2)
            continue;
        increment(0, &counters[0]);
        pthread_t thread;
        pthread_create(&thread, NULL, second, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
