// A call chain that tests know, as only C++ has it: a method, a virtual one, a template, a lambda
// inside and an inlined function, the last of which makes one getppid call by itself. Compiled with
// optimization and without frame pointers. With an argument it is led, as `chain_target.c` is.
#include <sys/syscall.h>
#include <unistd.h>

namespace chain {

volatile long sink;

struct Link {
    virtual ~Link() = default;
    virtual void pull(int times) = 0;
};

static inline __attribute__((always_inline)) void ask() {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
    sink = sink + result;
}

template <typename T> __attribute__((noinline, noclone)) void last(T value) {
    ask();
    sink = sink + value;
}

struct Iron final : Link {
    __attribute__((noinline, noclone)) void pull(int times) override {
        last<short>(static_cast<short>(times));
        sink = sink + 1;
    }
};

__attribute__((noinline, noclone)) void through(Link &link) {
    auto pull = [&](int times) __attribute__((noinline, noclone)) {
        link.pull(times);
        sink = sink + 1;
    };
    pull(2);
    sink = sink + 1;
}

} // namespace chain

static bool led() {
    char byte = '\n';
    return write(1, &byte, 1) == 1 && read(0, &byte, 1) == 1;
}

int main(int argc, char **) {
    chain::Iron iron;
    do {
        chain::through(iron);
    } while (argc > 1 && led());
    return chain::sink == 0;
}
