// cpp_target N - calls each of its functions N times: overloads and methods of C++, whose
// names linkers see mangled, and arguments as only C++ has them:
//
//   cargo::weigh(crate, unit)  a reference to a class with a base and a virtual function,
//                              and an enum class
//   cargo::take(Handle)        a class that is passed by its address, since it has a copy
//                              constructor
//   cargo::load<short>(…)      a template, with a pointer to a struct of the same name as
//   other::load(…)             another one's
//   cargo::label(…)            classes of the standard library
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

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

namespace cargo {

enum Unit : unsigned char { Gram = 1, Tonne = 200 };
struct Thing {
    int id;
    virtual int weight() const { return id; }
    virtual ~Thing() = default;
};
class Crate : public Thing {
  public:
    static int made;
    explicit Crate(int n) : count(n) { id = 11; }
    int weight() const override { return count; }

  private:
    friend int weigh(const Crate &, Unit);
    short count;
};
int Crate::made = 0;
struct Handle {
    long number;
    explicit Handle(long n) : number(n) {}
    Handle(const Handle &from) : number(from.number) { __asm__ __volatile__(""); }
};
struct Item {
    long first, second;
};

__attribute__((noinline)) int weigh(const Crate &crate, Unit unit) {
    return crate.weight() + crate.count + unit;
}
__attribute__((noinline)) unsigned long label(const std::string &name, std::string_view view,
                                             const std::vector<int> &numbers) {
    __asm__ __volatile__("" ::: "memory");
    return name.size() + view.size() + numbers.size();
}
__attribute__((noinline)) long take(Handle handle, int times) { return handle.number * times; }
template <typename T> __attribute__((noinline)) T load(const Item *item, T size) {
    __asm__ __volatile__("" ::: "memory");
    return item->second + size;
}

} // namespace cargo

namespace other {
struct Item {
    char name[8];
    int second;
};
__attribute__((noinline)) int load(Item &item) {
    __asm__ __volatile__("" ::: "memory");
    return item.second;
}
} // namespace other

int main(int argc, char **argv) {
    shape::Box box = {3};
    volatile int sum = 0;
    cargo::Crate crate(30);
    cargo::Handle handle(40);
    cargo::Item item = {1, 2};
    other::Item twin = {"twin", 5};
    std::string name = "hawk";
    std::vector<int> numbers = {4, 5, 6};
    for (long i = argc > 1 ? std::atol(argv[1]) : 1; i > 0; i--)
        sum = sum + weigh(crate, cargo::Tonne) + take(handle, 3) + cargo::load<short>(&item, 6) +
              other::load(twin) + box.area(7) + box.area(2.5) + shape::perimeter(box, 4) +
              cargo::label(name, std::string_view(name).substr(1), numbers);
    return 0;
}
