// mutex_target N [READY] - a thread waits N times, for 50 ms and more, in take() for a mutex.
// With READY it first makes that file and waits for a line.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_long turn, taken;
static atomic_int waiter;
static long n;

__attribute__((noinline)) static void take(void) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void *other(void *unused) {
    waiter = gettid();
    for (long i = 1; i <= n; i++) {
        while (turn < i)
            sched_yield();
        take();
        taken = i;
    }
    return unused;
}

// Whether the other thread sleeps: it does so nowhere but in take().
static int sleeps(void) {
    char path[64], state = 'R';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)waiter);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        exit(1);
    fclose(file);
    return state == 'S';
}

int main(int argc, char **argv) {
    pthread_t thread;
    n = argc > 1 ? atol(argv[1]) : 1;
    if (argc > 2) {
        fclose(fopen(argv[2], "w"));
        getchar();
    }
    if (pthread_create(&thread, NULL, other, NULL))
        return 1;
    while (!waiter)
        sched_yield();
    for (long i = 1; i <= n; i++) {
        pthread_mutex_lock(&mutex);
        turn = i;
        while (!sleeps())
            sched_yield();
        usleep(50000);
        pthread_mutex_unlock(&mutex);
        while (taken < i)
            sched_yield();
    }
    return pthread_join(thread, NULL);
}
