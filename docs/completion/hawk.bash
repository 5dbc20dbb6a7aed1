_hawk() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="hawk"
                ;;
            hawk,completion)
                cmd="hawk__subcmd__completion"
                ;;
            hawk,explain)
                cmd="hawk__subcmd__explain"
                ;;
            hawk,fmt)
                cmd="hawk__subcmd__fmt"
                ;;
            hawk,help)
                cmd="hawk__subcmd__help"
                ;;
            hawk,man)
                cmd="hawk__subcmd__man"
                ;;
            hawk,tools)
                cmd="hawk__subcmd__tools"
                ;;
            hawk__subcmd__tools,run)
                cmd="hawk__subcmd__tools__subcmd__run"
                ;;
            hawk__subcmd__tools,show)
                cmd="hawk__subcmd__tools__subcmd__show"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        hawk)
            opts="-e -l -c -p -f -o -B -q -v -k -I -b -V -d -h --tool --list --cmd --pid --follow --cgroup --container --format --output --flame --folded --pprof --perfetto --heatmap --sort --top --quiet --verbose --dry-run --probe-filter --traceable-functions --debuginfo --strict --warnings --unsafe --include --emit --emit-elf --emit-llvm --no-warnings --fmt --test --bench --mode --verify-llvm-ir --aot --info --btf --version --debug --no-feature --help help explain tools fmt man completion"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                -e)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --cmd)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -c)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -p)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --cgroup)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --container)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "text json" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --flame)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --folded)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --pprof)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --perfetto)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --heatmap)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -B)
                    COMPREPLY=($(compgen -W "line full none" -- "${cur}"))
                    return 0
                    ;;
                --sort)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --top)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --probe-filter)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --traceable-functions)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --debuginfo)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -I)
                    COMPREPLY=()
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o plusdirs
                    fi
                    return 0
                    ;;
                --include)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --emit)
                    COMPREPLY=($(compgen -W "lex parse expand check lower emit optimize object" -- "${cur}"))
                    return 0
                    ;;
                --emit-elf)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --emit-llvm)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --mode)
                    COMPREPLY=($(compgen -W "format codegen compiler-bench test bench" -- "${cur}"))
                    return 0
                    ;;
                --aot)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --debug)
                    COMPREPLY=($(compgen -W "ast parse types codegen codegen-opt dis libbpf verifier all" -- "${cur}"))
                    return 0
                    ;;
                -d)
                    COMPREPLY=($(compgen -W "ast parse types codegen codegen-opt dis libbpf verifier all" -- "${cur}"))
                    return 0
                    ;;
                --no-feature)
                    COMPREPLY=($(compgen -W "kprobe kprobe_multi kprobe_session uprobe_multi uprobe_session fentry syscall_dispatch cookie perf_link btf" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__completion)
            opts="-h --help bash elvish fish powershell zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__explain)
            opts="-h --help E0001 E0002 E0003 E0004 E0005 E0006 E0007 E0008 E0009 E0010 E0011 E0012 E0013 E0014 E0015 E0016 E0101 E0102 E0103 E0104 E0105 E0106 E0107 E0108 E0201 E0202 E0203 E0204 E0205 E0206 E0207 E0208 E0209 E0210 E0211 E0212 E0213 E0214 E0215 E0216 E0217 E0218 E0301 E0302 E0303 E0304 E0305 E0306 E0401 E0402 E0501 E0502 E0503 E0504 E0505 E0601 E0602 E0603 E0604 E0605 E0606 W0101 W0102 W0103 W0104 W0105 W0106 W0107 W0108 W0111 W0112 W0113 W0114 W0115 W0116 W0201 W0301 W0601"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__fmt)
            opts="-i -h --in-place --check --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__help)
            opts="-h --help argN args assert assert_str asyncwatchpoint avg begin bench bswap buf cat cgroup cgroup_path cgroupid clear comm config container_of count cpid cpu ctx curtask debugf default_str_length delete distinct dw_ustack elapsed end errorf exit fail fentry fexit find func getopt gid hardware has_cpid has_key hist interval is_array is_err is_integer is_literal is_ptr is_str is_unsigned_integer iter jiffies join kaddr kfunc_allowed kfunc_exist kprobe kptr kretprobe kstack ksym leader_comm leader_tid len lhist macaddr max memcmp min ncpus nsecs ntop numaid offsetof override path pcomm percpu_kaddr pid ppid print printf probe probetype profile progenyof pton quantiles rand ratelimit rawtracepoint reg retval sample sargN self signal signal_name signal_thread sizeof socket_cookie software static_assert stats str str_concat strcap strcontains strerror strftime strlen strncmp strstr sum syscall_name system test tid time topk tracepoint tseries typeinfo uaddr uid unwatch uprobe uptr uretprobe usdt usermode username ustack usym warnf watchpoint write_user zero settings"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__man)
            opts="-h --help 1 7"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools)
            opts="-h --help run show"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run)
            opts="-h --help argdist bpfmaps bpfprogs funccount funclatency gcpauses gethostlatency stackcount syscount cpu cpuwalk hardirqs offcputime profile runqlat runqlen softirqs switches wakeuptime biolatency biosnoop biostacks bitesize cachestat dcsnoop filelife fileslower fsdist mountsnoop opensnoop readlatency statsnoop syncsnoop vfscount vfsstat writeback futexwait kernellocks mutexlock majorfaults mapsnoop memleak oomkill pagefaults reclaim slab swapin dnssnoop netbytes packetpath tcpaccept tcpconnect tcpdrop tcplife tcpretrans tcprtt tcpsynbl udp containerexecs execsnoop exitsnoop forks killsnoop threadsnoop bashreadline bpfsnoop capable modload permsnoop ptracesnoop setuids sslsnoop"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__show)
            opts="-h --help argdist bpfmaps bpfprogs funccount funclatency gcpauses gethostlatency stackcount syscount cpu cpuwalk hardirqs offcputime profile runqlat runqlen softirqs switches wakeuptime biolatency biosnoop biostacks bitesize cachestat dcsnoop filelife fileslower fsdist mountsnoop opensnoop readlatency statsnoop syncsnoop vfscount vfsstat writeback futexwait kernellocks mutexlock majorfaults mapsnoop memleak oomkill pagefaults reclaim slab swapin dnssnoop netbytes packetpath tcpaccept tcpconnect tcpdrop tcplife tcpretrans tcprtt tcpsynbl udp containerexecs execsnoop exitsnoop forks killsnoop threadsnoop bashreadline bpfsnoop capable modload permsnoop ptracesnoop setuids sslsnoop"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _hawk -o nosort -o bashdefault -o default hawk
else
    complete -F _hawk -o bashdefault -o default hawk
fi
