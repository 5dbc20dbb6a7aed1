// words_target ACTION [ARGUMENTS] - does what the examples of the language's words look at, always the
// same, with no such system calls of libc between: linked statically, it loads no libraries.
//
//   read             reads 100, 200 … 700 bytes of /dev/zero, then none of /dev/null, then
//                    from a descriptor that is not open
//   open PATH N      opens and closes PATH, N times
//   replace PATH     opens PATH, and closes it by dup2: close() calls no filp_close from 6.6 on
//   write TEXT       writes it to /dev/null
//   exec             becomes `words_target read with "two words"`
//   signal           sends itself SIGUSR1, which it does not mind
//   handle           calls getppid in a second thread, and says which thread SIGUSR1 comes to
//   tell             sends its parent SIGUSR1, and gives it a moment
//   getenv           asks for the variable NO_SUCH_VARIABLE three times
//   sleep            for a millisecond
//   datagrams N      sends itself N of `hawk 1`, `hawk 2` … to port 9, in a network of its own
//                    whose only interface, lo, has the address 02:00:5E:80:FF:01
//   stream           sends itself a line through a TCP connection in such a network, and prints
//                    the kernel's cookies of the two sockets: the client's, the server's
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int check(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static void reads(void) {
    static char buffer[700];
    int zero = check(open("/dev/zero", O_RDONLY), "/dev/zero");
    int null = check(open("/dev/null", O_RDONLY), "/dev/null");
    for (int size = 100; size <= 700; size += 100)
        check(read(zero, buffer, size), "read");
    check(read(null, buffer, 64), "read");
    if (read(1000, buffer, 64) >= 0)
        exit(1);
}

static void opens(const char *path, int times) {
    while (times-- > 0) {
        long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
        if (file >= 0)
            syscall(SYS_close, file);
    }
}

// A network where nobody else is, so that what is seen there is ours.
static void own_network(void) {
    static const char address[6] = {2, 0, 0x5e, (char)0x80, (char)0xff, 1};
    check(unshare(CLONE_NEWNET), "unshare");
    int control = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    struct ifreq lo = {.ifr_name = "lo"};
    lo.ifr_hwaddr.sa_family = ARPHRD_LOOPBACK;
    memcpy(lo.ifr_hwaddr.sa_data, address, sizeof address);
    check(ioctl(control, SIOCSIFHWADDR, &lo), "SIOCSIFHWADDR");
    lo.ifr_flags = IFF_UP;
    check(ioctl(control, SIOCSIFFLAGS, &lo), "SIOCSIFFLAGS");
    close(control);
}

static struct sockaddr_in port(int number) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(number),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void datagrams(int times) {
    own_network();
    struct sockaddr_in to = port(9);
    int in = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    check(bind(in, (struct sockaddr *)&to, sizeof to), "bind");
    int out = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    check(connect(out, (struct sockaddr *)&to, sizeof to), "connect");
    for (int number = 1; number <= times; number++) {
        char text[32];
        check(send(out, text, sprintf(text, "hawk %d", number), 0), "send");
        check(recv(in, text, sizeof text, 0), "recv");
    }
}

static unsigned long long cookie(int socket) {
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    check(getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &length), "SO_COOKIE");
    return cookie;
}

static void stream(void) {
    char line[] = "a line\n";
    own_network();
    struct sockaddr_in to = port(9);
    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&to, sizeof to), "bind");
    check(listen(listener, 1), "listen");
    int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    unsigned long long first = cookie(client);
    check(connect(client, (struct sockaddr *)&to, sizeof to), "connect");
    int server = check(accept(listener, NULL, NULL), "accept");
    printf("%llu %llu\n", first, cookie(server));
    fflush(stdout);
    check(send(client, line, sizeof line - 1, 0), "send");
    check(recv(server, line, sizeof line, 0), "recv");
    close(client);
    close(server);
}

static pid_t second;

static void told(int number) {
    const char *text = gettid() == second ? "the second thread is told\n" : "another is told\n";
    if (number == SIGUSR1 && write(1, text, strlen(text)) < 0)
        exit(1);
}

static void *call(void *unused) {
    second = gettid();
    syscall(SYS_getppid);
    return unused;
}

static void handle(void) {
    pthread_t thread;
    signal(SIGUSR1, told);
    if (pthread_create(&thread, NULL, call, NULL) || pthread_join(thread, NULL))
        exit(1);
}

int main(int argc, char **argv) {
    const char *action = argc > 1 ? argv[1] : "";
    const char *first = argc > 2 ? argv[2] : "";
    if (!strcmp(action, "read"))
        reads();
    else if (!strcmp(action, "open"))
        opens(first, argc > 3 ? atoi(argv[3]) : 1);
    else if (!strcmp(action, "replace"))
        check(dup2(STDERR_FILENO, check(open(first, O_RDONLY), first)), "dup2");
    else if (!strcmp(action, "write"))
        check(write(check(open("/dev/null", O_WRONLY), "/dev/null"), first, strlen(first)), "write");
    else if (!strcmp(action, "exec"))
        check(execl("/proc/self/exe", "words_target", "read", "with", "two words", NULL), "execl");
    else if (!strcmp(action, "signal")) {
        signal(SIGUSR1, SIG_IGN);
        kill(getpid(), SIGUSR1);
    } else if (!strcmp(action, "handle"))
        handle();
    else if (!strcmp(action, "tell"))
        check(kill(getppid(), SIGUSR1) || usleep(100000), "kill");
    else if (!strcmp(action, "getenv")) {
        for (int times = 0; times < 3; times++)
            if (getenv("NO_SUCH_VARIABLE"))
                return 1;
    } else if (!strcmp(action, "sleep"))
        syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 1000000}, NULL);
    else if (!strcmp(action, "datagrams"))
        datagrams(atoi(first));
    else if (!strcmp(action, "stream"))
        stream();
    else
        return fprintf(stderr, "words_target: no action `%s`\n", action), 2;
    return 0;
}
