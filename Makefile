# What a developer types.  `make` alone builds; every target first installs what it
# needs, once (scripts/setup says what and why).
#
#   make build     target/release/hawk
#   make install   the command, its manual pages and completions, under PREFIX (/usr/local)
#   make deb       target/debian/hawktrace_VERSION_amd64.deb: the command, its manual pages and
#                  completions, the tools as files, these documents
#   make demo      build it, and count this machine's system calls for two seconds
#   make test      unit tests, corpus, this kernel, and a sample in guests 6.1 and 6.12
#   make test-vm   every run-time test in guests of all kernels, and probes attached and
#                  detached a thousand times (long; before a release)
#   make test-deb  the package installed, tried and removed in clean Debians, 11 and 12
#   make fuzz      programs made at random: what is compiled must load (FUZZ=50000)
#   make bench     measure against the installed bpftrace and PEER=PATH (docs/benchmarks.md)
#   make lint      formatting and clippy, warnings are errors
#   make programs  only the programs in C, C++, Rust and Go that tests and benchmarks trace

TARGET   := $(abspath $(or $(CARGO_TARGET_DIR),target))
HAWK     := $(TARGET)/release/hawk
PROGRAMS := $(TARGET)/programs
KERNELS  := 5.10 6.1 6.12 6.18 7.2
comma    := ,
empty    :=
space    := $(empty) $(empty)

# For the tests' harness, the guest runner and the benchmarks.
export HAWK
export HAWK_PROGRAMS := $(PROGRAMS)

.PHONY: all build install deb demo test test-vm test-deb fuzz bench lint lint-format lint-clippy lint-scripts programs clean
all: build

# Linked statically, the C library too, for one place in memory: the command runs on every
# system, however old its C library is.  With a target named, rustc makes its own plug-ins
# as usual.
HOST    = $(shell rustc -vV | sed -n 's/^host: //p')
STATIC  = ["-Ctarget-feature=+crt-static", "-Crelocation-model=static"]
build:
	scripts/setup build
	env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS cargo build --release --target $(HOST) --config 'target.$(HOST).rustflags = $(STATIC)'
	install -D $(TARGET)/$(HOST)/release/hawk $(HAWK)

PREFIX   ?= /usr/local
install: build
	install -D -m 755 $(HAWK) $(DESTDIR)$(PREFIX)/bin/hawk
	install -D -m 644 docs/man/hawk.1 $(DESTDIR)$(PREFIX)/share/man/man1/hawk.1
	install -D -m 644 docs/man/hawk-language.7 $(DESTDIR)$(PREFIX)/share/man/man7/hawk-language.7
	install -D -m 644 docs/completion/hawk.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/hawk
	install -D -m 644 docs/completion/_hawk $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_hawk
	install -D -m 644 docs/completion/hawk.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hawk.fish

# cargo-deb at this version, in the target folder: nobody else's is used or changed.
CARGO_DEB := $(TARGET)/tools/bin/cargo-deb
$(CARGO_DEB):
	cargo install cargo-deb --version 2.12.1 --locked --root $(TARGET)/tools

deb: build $(CARGO_DEB)
	scripts/setup build deb
	rm -f $(TARGET)/debian/hawktrace_*.deb
	$(CARGO_DEB) --quiet -p driver --no-build --output $(TARGET)/debian/

demo: build
	$(HAWK) -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } interval:s:2 { exit(); }'

# The tests run the release build: the one that users get.
test: build
	scripts/setup build test
	$(MAKE) --no-print-directory programs
	failed=0; cargo test --workspace --no-fail-fast || failed=1; \
	tests/vm/run --kernels 6.1,6.12 --sample || failed=1; exit $$failed

# The last guest has a kernel whose tracing programs can be preempted by one another.
test-vm: build
	scripts/setup build test vm
	$(MAKE) --no-print-directory programs
	failed=0; \
	tests/vm/run --kernels $(subst $(space),$(comma),$(KERNELS)),6.12/preempt=full --all || failed=1; \
	tests/vm/debian-scripts --suites bookworm,trixie --kernels here,6.1,6.12,7.2 || failed=1; \
	HAWK_CYCLES=500 cargo test -p tests --test run -- attaching::cycles || failed=1; \
	$(MAKE) --no-print-directory test-deb || failed=1; exit $$failed

# The oldest Debian has the C library of the oldest kernel.
test-deb: deb
	failed=0; for suite in bullseye bookworm; do \
	    tests/deb $(TARGET)/debian/hawktrace_*.deb $$suite || failed=1; done; exit $$failed

# Programs made at random: FUZZ of them, from number FUZZ_SEED on.
fuzz: build
	scripts/setup build test
	$(MAKE) --no-print-directory programs
	FUZZ=$(or $(FUZZ),50000) cargo test -p tests --test properties

bench: build
	scripts/setup build bench
	$(MAKE) --no-print-directory programs bench-programs
	tests/bench/bench $(if $(PEER),--peer '$(PEER)') $(BENCH)

# `make -k lint` goes on after the first that fails.
lint: lint-format lint-clippy lint-scripts
lint-format:
	cargo fmt --all --check
lint-clippy:
	scripts/setup build
	cargo clippy --workspace --all-targets -- -D warnings
lint-scripts:
	scripts/setup lint
	for f in scripts/* .ci/* tests/deb tests/vm/*.sh; do bash -n $$f || exit 1; done
	python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' \
	    tests/vm/run tests/vm/boot tests/vm/debian-scripts tests/vm/*.py tests/bench/bench tests/bench/*.py

# --- the traced programs --------------------------------------------------------
SEPARATE_ID := ca11c4a100000000000000000000000000000006
SEPARATE    := $(PROGRAMS)/debuginfo/.build-id/ca

# -O0 keeps the calls of uprobe_target as they are written; the variants are the ways
# in which a probed binary differs for a tracer: position, stripping, linking.

C_PROGRAMS := args_target args_target_o2 args_target_dwarf4 busy_target calls chain_target chain_target_fp \
              chain_target_fixed chain_target_static chain_target_separate clock_target contend_target flood given_target int80 leak_target lines_target lines_target_o0 locals_target locals_target_o0 mutex_target opens \
              pages_target paths stacks structs syscalls thread_exec threads_target usdt_target watch_target uprobe_target \
              jit_target unwind_target unwind_target_static unwind_target_stripped uprobe_target_o2 \
              uprobe_target_fixed uprobe_target_stripped uprobe_target_static words_target zip_target

$(PROGRAMS)/stacks $(PROGRAMS)/paths: PROGRAM_FLAGS = -O0
$(PROGRAMS)/unwind_target: PROGRAM_FLAGS = -O2 -fomit-frame-pointer
$(PROGRAMS)/unwind_target_stripped: PROGRAM_FLAGS = -O2 -fomit-frame-pointer -rdynamic -s
$(PROGRAMS)/unwind_target_static: PROGRAM_FLAGS = -O2 -fomit-frame-pointer -static
$(PROGRAMS)/chain_target: PROGRAM_FLAGS = -O2 -fomit-frame-pointer -fPIE -pie
$(PROGRAMS)/chain_target_fp: PROGRAM_FLAGS = -O2 -fno-omit-frame-pointer
$(PROGRAMS)/chain_target_fixed: PROGRAM_FLAGS = -O2 -fomit-frame-pointer -no-pie
$(PROGRAMS)/chain_target_static: PROGRAM_FLAGS = -O2 -fomit-frame-pointer -static
# What it had is where its build id says, in a folder for `--debuginfo`.
$(PROGRAMS)/chain_target_separate: PROGRAM_FLAGS = -O2 -fomit-frame-pointer -Wl,--build-id=0x$(SEPARATE_ID)
$(PROGRAMS)/chain_target_separate: PROGRAM_AFTER = mkdir -p $(SEPARATE) && objcopy --only-keep-debug $@ \
	$(SEPARATE)/$(SEPARATE_ID:ca%=%).debug && objcopy --strip-all $@
# Its variable is always at the same address.
$(PROGRAMS)/watch_target: PROGRAM_FLAGS = -O0 -no-pie -Wl,--section-start=.data=0x600000
$(PROGRAMS)/args_target: PROGRAM_FLAGS = -O0
$(PROGRAMS)/given_target: PROGRAM_FLAGS = -O0
$(PROGRAMS)/lines_target_o0 $(PROGRAMS)/locals_target_o0: PROGRAM_FLAGS = -O0
$(PROGRAMS)/args_target_dwarf4: PROGRAM_FLAGS = -O1 -gdwarf-4
$(PROGRAMS)/uprobe_target: PROGRAM_FLAGS = -O0 -rdynamic
$(PROGRAMS)/uprobe_target_o2: PROGRAM_FLAGS = -O2 -rdynamic -fno-plt
$(PROGRAMS)/uprobe_target_fixed: PROGRAM_FLAGS = -O0 -rdynamic -no-pie
$(PROGRAMS)/uprobe_target_stripped: PROGRAM_FLAGS = -O0 -rdynamic -s
$(PROGRAMS)/uprobe_target_static: PROGRAM_FLAGS = -O0 -static
$(PROGRAMS)/words_target: PROGRAM_FLAGS = -O2 -static

programs: $(addprefix $(PROGRAMS)/,$(C_PROGRAMS) library_target libzip_code.so cpp_target rust_target rust_target_v0 rust_target_debug go_target go_target_debug \
              chain_cpp_target chain_rust_target chain_go_target locals_cpp_target locals_rust_target \
              usdt_cpp_target usdt_rust_target)

$(PROGRAMS)/chain_cpp_target: tests/programs/chain_cpp_target.cc Makefile | $(PROGRAMS)
	g++ -O2 -g -fomit-frame-pointer -Wall -Wextra -Werror -o $@ $<
$(PROGRAMS)/chain_rust_target: tests/programs/chain_rust_target.rs Makefile | $(PROGRAMS)
	rustc --edition 2024 -C opt-level=3 -g -D warnings -o $@ $<
$(PROGRAMS)/locals_cpp_target: tests/programs/locals_target.cc Makefile | $(PROGRAMS)
	g++ -O0 -g -Wall -Wextra -Werror -o $@ $<
$(PROGRAMS)/locals_rust_target: tests/programs/locals_target.rs Makefile | $(PROGRAMS)
	rustc --edition 2024 -C opt-level=0 -g -D warnings -o $@ $<
$(PROGRAMS)/usdt_target: tests/programs/usdt_note.h
$(PROGRAMS)/usdt_cpp_target: tests/programs/usdt_target.cc tests/programs/usdt_note.h Makefile | $(PROGRAMS)
	g++ -O2 -g -Wall -Wextra -Werror -o $@ $<
# lld maps the page of a semaphore twice, and until the loader protects the first the kernel counts
# up the wrong one, in whatever starts after it is probed.
$(PROGRAMS)/usdt_rust_target: tests/programs/usdt_target.rs Makefile | $(PROGRAMS)
	rustc --edition 2024 -C opt-level=2 -C linker-features=-lld -g -D warnings -o $@ $<
$(PROGRAMS)/cpp_target: tests/programs/cpp_target.cc Makefile | $(PROGRAMS)
	g++ -O1 -g -Wall -Wextra -Werror -o $@ $<

$(PROGRAMS)/liblibrary_target.so: tests/programs/library_target.c Makefile | $(PROGRAMS)
	gcc -DLIBRARY -shared -fPIC -O1 -g -Wall -Wextra -Werror -o $@ $<
$(PROGRAMS)/libzip_code.so: tests/programs/zip_code.c Makefile | $(PROGRAMS)
	gcc -shared -fPIC -O2 -g -fomit-frame-pointer -Wall -Wextra -Werror -o $@ $<
$(PROGRAMS)/library_target: tests/programs/library_target.c $(PROGRAMS)/liblibrary_target.so
	gcc -O1 -g -Wall -Wextra -Werror -o $@ $< -L$(@D) -llibrary_target -Wl,-rpath,'$$ORIGIN'

# Names of Rust are mangled in two ways; code that is not optimized tells of its arguments
# in another way.
$(PROGRAMS)/rust_target $(PROGRAMS)/rust_target_v0 $(PROGRAMS)/rust_target_debug: tests/programs/rust_target.rs Makefile | $(PROGRAMS)
	rustc --edition 2024 -C opt-level=$(if $(filter %_debug,$@),0,1) -g -D warnings $(if $(filter %_v0,$@),-C symbol-mangling-version=v0) -o $@ $<

$(PROGRAMS)/chain_go_target: tests/programs/chain_go_target.go Makefile | $(PROGRAMS)
	GOCACHE=$(TARGET)/go-cache GOTOOLCHAIN=local GO111MODULE=off CGO_ENABLED=0 go build -o $@ $<
$(PROGRAMS)/go_target $(PROGRAMS)/go_target_debug: tests/programs/go_target.go Makefile | $(PROGRAMS)
	GOCACHE=$(TARGET)/go-cache GOTOOLCHAIN=local GO111MODULE=off CGO_ENABLED=0 go build $(if $(filter %_debug,$@),-gcflags="-N -l") -o $@ $<

define program
$(PROGRAMS)/$(1): tests/programs/$(2).c Makefile | $(PROGRAMS)
	gcc -g $$(or $$(PROGRAM_FLAGS),-O2) -Wall -Wextra -Werror -pthread -o $$@ $$<
	$$(PROGRAM_AFTER)
endef
$(foreach p,$(C_PROGRAMS),$(eval $(call program,$(p),$(firstword $(subst _target_,_target ,$(p))))))

$(PROGRAMS):
	mkdir -p $@

clean:
	cargo clean

# --- the benchmarks' C programs ---------------------------------------------------
# Each BPF program twice: as tracepoints (.tp.o) and as raw tracepoints (.raw.o), for
# the CPU level that hawk compiles for.
BENCH_C   := $(TARGET)/bench
BPF_C     := $(wildcard tests/bench/c/*.bpf.c)
BPF_FLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wno-unused-function -I/usr/include/$(shell gcc -print-multiarch)

.PHONY: bench-programs
bench-programs: $(BENCH_C)/floor $(BENCH_C)/measure \
    $(BPF_C:tests/bench/c/%.bpf.c=$(BENCH_C)/%.tp.o) $(BPF_C:tests/bench/c/%.bpf.c=$(BENCH_C)/%.raw.o) \
    $(PROGRAMS)/large_target

# A minute of gcc's time, so only for benchmarks.
LARGE_FILES := $(foreach number,0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15,$(PROGRAMS)/large_target.$(number).o)
$(PROGRAMS)/large_target.%.o: tests/programs/large_target.c | $(PROGRAMS)
	gcc -O1 -g -Wall -Wextra -Werror -DFILE_NUMBER=$* -c -o $@ $<
$(PROGRAMS)/large_target: tests/programs/large_target.c $(LARGE_FILES)
	gcc -O1 -g -Wall -Wextra -Werror -o $@ $^

$(BENCH_C)/%.tp.o: tests/bench/c/%.bpf.c tests/bench/c/floor.h | $(BENCH_C)
	clang-22 $(BPF_FLAGS) -c -o $@ $<
$(BENCH_C)/%.raw.o: tests/bench/c/%.bpf.c tests/bench/c/floor.h | $(BENCH_C)
	clang-22 $(BPF_FLAGS) -DRAW -c -o $@ $<
$(BENCH_C)/floor: tests/bench/c/floor.c | $(BENCH_C)
	gcc -O2 -g -Wall -Wextra -Werror -o $@ $< -lbpf
$(BENCH_C)/measure: tests/bench/c/measure.c | $(BENCH_C)
	gcc -O2 -g -Wall -Wextra -Werror -o $@ $<
$(BENCH_C):
	mkdir -p $@
