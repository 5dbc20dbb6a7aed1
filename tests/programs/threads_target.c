// threads_target N - starts N threads, one after the other, and waits for each.
#include <pthread.h>
#include <stdlib.h>

static void *nothing(void *unused) { return unused; }

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    for (long i = 0; i < n; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
            return 1;
    }
    return 0;
}
