# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_hawk_global_optspecs
    string join \n e= tool l/list c/cmd= p/pid= follow cgroup= container= f/format= o/output= flame= folded= pprof= perfetto= heatmap= B= sort= top= q/quiet v/verbose dry-run probe-filter= traceable-functions= debuginfo= strict k/warnings unsafe I= include= emit= emit-elf= emit-llvm= no-warnings fmt test bench mode= verify-llvm-ir aot= info b/btf V/version d/debug= no-feature= h/help
end

function __fish_hawk_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_hawk_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_hawk_using_subcommand
    set -l cmd (__fish_hawk_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c hawk -n "__fish_hawk_needs_command" -s e -d 'The program itself; the last one counts' -r
complete -c hawk -n "__fish_hawk_needs_command" -s c -l cmd -d 'Run this command, and end when it does' -r -f -a "(__fish_complete_command)"
complete -c hawk -n "__fish_hawk_needs_command" -s p -l pid -d 'Trace this process only, and end when it does' -r
complete -c hawk -n "__fish_hawk_needs_command" -l cgroup -d 'Trace only processes of this control group and of those below it' -r
complete -c hawk -n "__fish_hawk_needs_command" -l container -d 'Trace only processes of this container: its number, or as much of it as is unique' -r
complete -c hawk -n "__fish_hawk_needs_command" -s f -l format -d 'Form of what is printed; text, if nothing is said' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c hawk -n "__fish_hawk_needs_command" -s o -l output -d 'Write the output to this file. Without -f, names that end with .svg, .folded, .pb.gz, .pprof or .pftrace ask for a picture of the program\'s map, as the options below do; what else is printed goes to standard output' -r -F
complete -c hawk -n "__fish_hawk_needs_command" -l flame -d 'Draw a flame graph (SVG) of a map with stacks in its key, into the file of -o' -r
complete -c hawk -n "__fish_hawk_needs_command" -l folded -d 'Write such a map as folded stacks, as tools for flame graphs read them' -r
complete -c hawk -n "__fish_hawk_needs_command" -l pprof -d 'Write such a map as a profile for pprof' -r
complete -c hawk -n "__fish_hawk_needs_command" -l perfetto -d 'Write such a map, or the numbers of any other over time, as a trace for Perfetto' -r
complete -c hawk -n "__fish_hawk_needs_command" -l heatmap -d 'Draw a map of histograms over time (SVG): a column each time that the program prints it, or by itself' -r
complete -c hawk -n "__fish_hawk_needs_command" -s B -d 'When output is written' -r -f -a "line\t'Complete lines'
full\t'Large pieces'
none\t'Every message by itself'"
complete -c hawk -n "__fish_hawk_needs_command" -l sort -d 'Print maps in this order: value, key, count, average, total, p50, p90, p99, p99.9 or max, with `-` before it the largest first; @MAP= before it speaks of one map only' -r
complete -c hawk -n "__fish_hawk_needs_command" -l top -d 'Print of each map only so many entries, the largest in what --sort names (in their value where it names the key)' -r
complete -c hawk -n "__fish_hawk_needs_command" -l probe-filter -d 'Keep only attach points whose full name matches this regular expression' -r
complete -c hawk -n "__fish_hawk_needs_command" -l traceable-functions -d 'Read the functions that can be traced from this file, one on a line' -r -F
complete -c hawk -n "__fish_hawk_needs_command" -l debuginfo -d 'Look for debug information that is in files of its own in these folders too, before the usual ones; can be repeated. With `+` before them, check sums are compared' -r
complete -c hawk -n "__fish_hawk_needs_command" -s I -d 'Look for headers in this directory' -r -f -a "(__fish_complete_directories)"
complete -c hawk -n "__fish_hawk_needs_command" -l include -d 'Include this header before the program' -r -F
complete -c hawk -n "__fish_hawk_needs_command" -l emit -d 'Print what comes out of one stage, and stop' -r -f -a "lex\t'Tokens'
parse\t'The syntax tree'
expand\t'Attach points of this machine'
check\t'Types'
lower\t'Our intermediate representation'
emit\t'LLVM\'s representation'
optimize\t'The same, optimized'
object\t'BPF instructions, before they are loaded'"
complete -c hawk -n "__fish_hawk_needs_command" -l emit-elf -d 'Also write the BPF object to this file' -r -F
complete -c hawk -n "__fish_hawk_needs_command" -l emit-llvm -d 'Also write LLVM\'s text to FILE.original.ll and FILE.optimized.ll' -r -F
complete -c hawk -n "__fish_hawk_needs_command" -l mode -d 'What to do with the program instead of running it' -r -f -a "format\t'The same as `--fmt`'
codegen\t'Compile, and stop'
compiler-bench\t'Compile many times, and say how long each stage takes'
test\t'The same as `--test`'
bench\t'The same as `--bench`'"
complete -c hawk -n "__fish_hawk_needs_command" -l aot -d 'Write an executable that needs no hawk (not possible yet)' -r -F
complete -c hawk -n "__fish_hawk_needs_command" -s d -l debug -d 'Print what comes out of these stages to standard error, and go on: ast, types, codegen, codegen-opt, dis, libbpf, verifier, all' -r -f -a "ast\t''
parse\t''
types\t''
codegen\t''
codegen-opt\t''
dis\t''
libbpf\t''
verifier\t''
all\t''"
complete -c hawk -n "__fish_hawk_needs_command" -l no-feature -d 'Act as if the kernel lacked these: `kprobe`, `kprobe_multi`, `kprobe_session`, `uprobe_multi`, fentry, cookie, btf (the kernel\'s types)' -r -f -a "kprobe\t''
kprobe_multi\t''
kprobe_session\t''
uprobe_multi\t''
uprobe_session\t''
fentry\t''
syscall_dispatch\t''
cookie\t''
perf_link\t''
btf\t''"
complete -c hawk -n "__fish_hawk_needs_command" -l tool -d 'The first word is the name of a tool (`hawk tools run`)'
complete -c hawk -n "__fish_hawk_needs_command" -s l -l list -d 'List attach points that match, e.g. \'tracepoint:syscalls:*\''
complete -c hawk -n "__fish_hawk_needs_command" -l follow -d 'Trace the process of -p or -c and all that descend from it, and no others'
complete -c hawk -n "__fish_hawk_needs_command" -s q -l quiet -d 'Don\'t say how many probes were attached'
complete -c hawk -n "__fish_hawk_needs_command" -s v -l verbose -d 'Say what is done, and show the loaded bytecode'
complete -c hawk -n "__fish_hawk_needs_command" -l dry-run -d 'Compile, load and attach, but do not trace'
complete -c hawk -n "__fish_hawk_needs_command" -l strict -d 'Refuse old spellings, which otherwise run with a warning'
complete -c hawk -n "__fish_hawk_needs_command" -s k -l warnings -d 'Also warn, while tracing, of reads that fail and of map entries that are not there'
complete -c hawk -n "__fish_hawk_needs_command" -l unsafe -d 'Allow words that can change the system'
complete -c hawk -n "__fish_hawk_needs_command" -l no-warnings -d 'Don\'t print warnings about the program'
complete -c hawk -n "__fish_hawk_needs_command" -l fmt -d 'Print the program in canonical layout, or write it into the file of -o; see also `hawk fmt`'
complete -c hawk -n "__fish_hawk_needs_command" -l test -d 'Run the program\'s `test:NAME` probes instead of tracing; exit code 1 if one fails'
complete -c hawk -n "__fish_hawk_needs_command" -l bench -d 'Measure the program\'s `bench:NAME` probes instead of tracing'
complete -c hawk -n "__fish_hawk_needs_command" -l verify-llvm-ir -d 'Check LLVM\'s representation before it is optimized'
complete -c hawk -n "__fish_hawk_needs_command" -l info -d 'Say what this machine and this build can do, and which words what is missing costs; as JSON with -f json'
complete -c hawk -n "__fish_hawk_needs_command" -s b -l btf -d 'Accepted for old scripts: types come from BTF in any case'
complete -c hawk -n "__fish_hawk_needs_command" -s V -l version -d 'Print the version'
complete -c hawk -n "__fish_hawk_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hawk -n "__fish_hawk_needs_command" -a "help" -d 'What words of the language mean'
complete -c hawk -n "__fish_hawk_needs_command" -a "explain" -d 'What a diagnostic means'
complete -c hawk -n "__fish_hawk_needs_command" -a "tools" -d 'Lists the ready tools, runs or shows one'
complete -c hawk -n "__fish_hawk_needs_command" -a "fmt" -d 'Writes programs in canonical layout'
complete -c hawk -n "__fish_hawk_needs_command" -a "man" -d 'Prints a page for man(1)'
complete -c hawk -n "__fish_hawk_needs_command" -a "completion" -d 'Prints completions for a shell'
complete -c hawk -n "__fish_hawk_using_subcommand help" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand explain" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand tools; and not __fish_seen_subcommand_from run show" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand tools; and not __fish_seen_subcommand_from run show" -f -a "run" -d 'Runs a tool'
complete -c hawk -n "__fish_hawk_using_subcommand tools; and not __fish_seen_subcommand_from run show" -f -a "show" -d 'Prints a tool'
complete -c hawk -n "__fish_hawk_using_subcommand tools; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand tools; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand fmt" -s i -l in-place -d 'Write each program back into its file'
complete -c hawk -n "__fish_hawk_using_subcommand fmt" -l check -d 'Write nothing but the names of files that would change; fail if there are any'
complete -c hawk -n "__fish_hawk_using_subcommand fmt" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand man" -s h -l help -d 'Print help'
complete -c hawk -n "__fish_hawk_using_subcommand completion" -s h -l help -d 'Print help'
