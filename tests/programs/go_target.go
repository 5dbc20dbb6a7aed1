// go_target N - calls each of its functions N times, for i in 0 … N-1; prints nothing.
//
//	function              arguments                    returns
//	main.add              i, 2                         i + 2
//	main.greet            "hawk", 3                    7: length and number
//	main.(*Square).Area   &Square{3, "square"}, 7      21
//	main.Square.Sides     Square{3, "square"}, 4       12
//	main.grow             depth 6 (calls itself)       its stack must be moved for it
//	main.total            [5 6 7] of 4, true, [10 20 30]  48
//	main.choose           i                            by two ways out: i, or 100 if odd
package main

import (
	"os"
	"strconv"
)

type Square struct {
	Side int32
	Name string
}

//go:noinline
func add(a int, b int32) int { return a + int(b) }

//go:noinline
func greet(name string, times int8) int { return len(name) + int(times) }

//go:noinline
func (s *Square) Area(height int32) int32 { return s.Side * height }

//go:noinline
func (s Square) Sides(count int32) int32 { return s.Side * count }

//go:noinline
func grow(depth int) int {
	var room [4096]byte
	room[depth] = byte(depth)
	if depth == 0 {
		return int(room[0])
	}
	return grow(depth-1) + int(room[depth])
}

//go:noinline
func total(values []int32, isOn bool, room [3]int) int {
	if !isOn {
		return 0
	}
	first := values[0]
	label := "room"
	return int(first+values[1]+values[2]) + room[2] + len(label) - 4 // locals
}

//go:noinline
func choose(i int) int {
	if i%2 == 1 {
		return 100
	}
	return i
}

func main() {
	count := 1
	if len(os.Args) > 1 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	sum := 0
	square := &Square{3, "square"}
	values := append(make([]int32, 0, 4), 5, 6, 7)
	for i := 0; i < count; i++ {
		sum += add(i, 2) + greet("hawk", 3) + int(square.Area(7)) + int(square.Sides(4)) + choose(i) + total(values, true, [3]int{10, 20, 30})
		done := make(chan int)
		go func() { done <- grow(6) }()
		sum += <-done
	}
	if sum < 0 {
		os.Exit(1)
	}
}
