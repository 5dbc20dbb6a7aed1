// Local variables of C++, at lines that tests find by their comments.
static volatile long sink;

__attribute__((noipa)) static void use(const void *address, long number)
{
	sink += number + (address != nullptr);
}

namespace plane {

struct corner {
	int x, y;
};

struct shape : corner {
	int sides;
	shape *next;
	int area(int factor);
};

__attribute__((noipa)) int shape::area(int factor)
{
	const corner &first = *this;
	shape copy = *this;
	int result = sides * factor + copy.x;
	use(&copy, first.x + result); // in the method
	return result;
}

}

int main()
{
	plane::shape inner = { { 1, 2 }, 3, nullptr };
	plane::shape outer = { { 10, 20 }, 30, &inner };
	return outer.area(4) == 130 ? 0 : 1;
}
