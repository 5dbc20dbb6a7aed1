// busy_target SECONDS - keeps a CPU busy for so long, in spin().
#include <stdlib.h>
#include <time.h>

__attribute__((noinline)) static unsigned long spin(unsigned long number) {
    for (int i = 0; i < 100000; i++)
        number = number * 6364136223846793005ul + 1442695040888963407ul;
    return number;
}

int main(int argc, char **argv) {
    time_t end = time(NULL) + (argc > 1 ? atol(argv[1]) : 1);
    unsigned long number = 1;
    while (time(NULL) < end)
        number = spin(number);
    return number == 0;
}
