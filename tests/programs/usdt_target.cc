// usdt_cpp_target N - passes through each of its static probes, for i in 0 ... N-1; prints nothing.
//
//   cpp:loaded    in a method of a template, for int and for long: so twice for each i, with
//                 operands of 4 and of 8 bytes: the size and -i
//   cpp:thrown    where an exception is caught: i
//   cpp:guarded   by a semaphore, in a lambda: i and 7
#include <cstdlib>
#include <stdexcept>

#include "usdt_note.h"

extern "C" {
__attribute__((section(".probes"))) volatile unsigned short cpp_semaphore = 0;
}

template <typename Number> struct Crate {
    Number weight;
    __attribute__((noinline)) void load();
};

template <> void Crate<int>::load() {
    NOTE("cpp", "loaded", "0", "4@$4 -4@%k[w]", [w] "r"(weight));
}

template <> void Crate<long>::load() {
    NOTE("cpp", "loaded", "0", "4@$8 -8@%[w]", [w] "m"(weight));
}

__attribute__((noinline)) static void fall(long i) {
    try {
        throw std::runtime_error("falls");
    } catch (const std::exception &) {
        NOTE("cpp", "thrown", "0", "8@%[a]", [a] "r"(i));
    }
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    const auto guarded = [](long i) {
        if (cpp_semaphore)
            NOTE("cpp", "guarded", "cpp_semaphore", "8@%[a] 4@$7", [a] "r"(i));
    };
    for (long i = 0; i < n; i++) {
        Crate<int>{static_cast<int>(-i)}.load();
        Crate<long>{-i}.load();
        fall(i);
        guarded(i);
    }
}
