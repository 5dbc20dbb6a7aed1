// cpp_target N - calls each of its functions N times: overloads and methods of C++, whose
// names linkers see mangled.
#include <cstdlib>

namespace shape {

struct Box {
    int width;
    __attribute__((noinline)) int area(int height) const { return width * height; }
    __attribute__((noinline)) int area(double height) const { return width * (int)height; }
};

__attribute__((noinline)) int perimeter(const Box &box, int height) {
    __asm__ __volatile__("" ::: "memory");
    return 2 * (box.width + height);
}

} // namespace shape

int main(int argc, char **argv) {
    shape::Box box = {3};
    volatile int sum = 0;
    for (long i = argc > 1 ? std::atol(argv[1]) : 1; i > 0; i--)
        sum = sum + box.area(7) + box.area(2.5) + shape::perimeter(box, 4);
    return 0;
}
