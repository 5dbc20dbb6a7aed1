// thread_exec COMMAND ARGUMENT... - becomes the command, by a thread other than the first: it
// then has the process's number, which was the first thread's.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *run(void *words) {
    char **command = words;
    execv(command[0], command);
    perror(command[0]);
    _exit(1);
}

int main(int count, char **words) {
    pthread_t thread;
    if (count < 2 || pthread_create(&thread, NULL, run, words + 1))
        return 2;
    for (;;)
        pause();
}
