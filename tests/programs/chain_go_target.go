// Call chains that tests know, as only Go has them: a method, one through an interface, a closure,
// and an inlined function, the last of which makes one getppid call; on the main goroutine and on
// one of its own, whose stack grows meanwhile. With an argument it is led, as `chain_target.c` is.
package main

import (
	"os"
	"syscall"
)

type Link interface{ Pull(times int) int }

type Iron struct{ weight int }

//go:noinline
func ask() int {
	result, _, _ := syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
	return int(result)
}

func inlined() int { return ask() + 1 }

//go:noinline
func (i *Iron) Pull(times int) int { return inlined() + i.weight*times }

//go:noinline
func through(link Link) int {
	pull := func(times int) int { return link.Pull(times) + 1 }
	return twice(pull)
}

//go:noinline
func twice(pull func(int) int) int { return pull(2) + 1 }

//go:noinline
func deep(link Link, depth int) int {
	var room [4096]byte
	room[depth] = byte(depth)
	if depth == 0 {
		return through(link) + int(room[0])
	}
	return deep(link, depth-1) + int(room[depth])
}

func led() bool {
	buffer := []byte{'\n'}
	if _, err := os.Stdout.Write(buffer); err != nil {
		return false
	}
	length, _ := os.Stdin.Read(buffer)
	return length == 1
}

func main() {
	iron := &Iron{3}
	sum := 0
	for {
		sum += through(iron)
		done := make(chan int)
		go func() { done <- deep(iron, 3) }()
		sum += <-done
		if len(os.Args) < 2 || !led() {
			break
		}
	}
	if sum == 1 {
		os.Exit(1)
	}
}
