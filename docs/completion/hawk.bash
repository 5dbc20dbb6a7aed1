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
            hawk__subcmd__tools__subcmd__run,argdist)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__argdist"
                ;;
            hawk__subcmd__tools__subcmd__run,bashreadline)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__bashreadline"
                ;;
            hawk__subcmd__tools__subcmd__run,biolatency)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__biolatency"
                ;;
            hawk__subcmd__tools__subcmd__run,biosnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__biosnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,biostacks)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__biostacks"
                ;;
            hawk__subcmd__tools__subcmd__run,bitesize)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__bitesize"
                ;;
            hawk__subcmd__tools__subcmd__run,bpfmaps)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__bpfmaps"
                ;;
            hawk__subcmd__tools__subcmd__run,bpfprogs)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__bpfprogs"
                ;;
            hawk__subcmd__tools__subcmd__run,bpfsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__bpfsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,cachestat)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__cachestat"
                ;;
            hawk__subcmd__tools__subcmd__run,capable)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__capable"
                ;;
            hawk__subcmd__tools__subcmd__run,containerexecs)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__containerexecs"
                ;;
            hawk__subcmd__tools__subcmd__run,cpu)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__cpu"
                ;;
            hawk__subcmd__tools__subcmd__run,cpuwalk)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__cpuwalk"
                ;;
            hawk__subcmd__tools__subcmd__run,dcsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__dcsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,dnssnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__dnssnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,execsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__execsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,exitsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__exitsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,filelife)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__filelife"
                ;;
            hawk__subcmd__tools__subcmd__run,fileslower)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__fileslower"
                ;;
            hawk__subcmd__tools__subcmd__run,forks)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__forks"
                ;;
            hawk__subcmd__tools__subcmd__run,fsdist)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__fsdist"
                ;;
            hawk__subcmd__tools__subcmd__run,funccount)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__funccount"
                ;;
            hawk__subcmd__tools__subcmd__run,funclatency)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__funclatency"
                ;;
            hawk__subcmd__tools__subcmd__run,futexwait)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__futexwait"
                ;;
            hawk__subcmd__tools__subcmd__run,gcpauses)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__gcpauses"
                ;;
            hawk__subcmd__tools__subcmd__run,gethostlatency)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__gethostlatency"
                ;;
            hawk__subcmd__tools__subcmd__run,hardirqs)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__hardirqs"
                ;;
            hawk__subcmd__tools__subcmd__run,kernellocks)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__kernellocks"
                ;;
            hawk__subcmd__tools__subcmd__run,killsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__killsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,majorfaults)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__majorfaults"
                ;;
            hawk__subcmd__tools__subcmd__run,mapsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__mapsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,memleak)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__memleak"
                ;;
            hawk__subcmd__tools__subcmd__run,modload)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__modload"
                ;;
            hawk__subcmd__tools__subcmd__run,mountsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__mountsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,mutexlock)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__mutexlock"
                ;;
            hawk__subcmd__tools__subcmd__run,netbytes)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__netbytes"
                ;;
            hawk__subcmd__tools__subcmd__run,offcputime)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__offcputime"
                ;;
            hawk__subcmd__tools__subcmd__run,oomkill)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__oomkill"
                ;;
            hawk__subcmd__tools__subcmd__run,opensnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__opensnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,packetpath)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__packetpath"
                ;;
            hawk__subcmd__tools__subcmd__run,pagefaults)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__pagefaults"
                ;;
            hawk__subcmd__tools__subcmd__run,permsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__permsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,profile)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__profile"
                ;;
            hawk__subcmd__tools__subcmd__run,ptracesnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__ptracesnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,readlatency)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__readlatency"
                ;;
            hawk__subcmd__tools__subcmd__run,reclaim)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__reclaim"
                ;;
            hawk__subcmd__tools__subcmd__run,runqlat)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__runqlat"
                ;;
            hawk__subcmd__tools__subcmd__run,runqlen)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__runqlen"
                ;;
            hawk__subcmd__tools__subcmd__run,setuids)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__setuids"
                ;;
            hawk__subcmd__tools__subcmd__run,slab)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__slab"
                ;;
            hawk__subcmd__tools__subcmd__run,softirqs)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__softirqs"
                ;;
            hawk__subcmd__tools__subcmd__run,sslsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__sslsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,stackcount)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__stackcount"
                ;;
            hawk__subcmd__tools__subcmd__run,statsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__statsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,swapin)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__swapin"
                ;;
            hawk__subcmd__tools__subcmd__run,switches)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__switches"
                ;;
            hawk__subcmd__tools__subcmd__run,syncsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__syncsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,syscount)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__syscount"
                ;;
            hawk__subcmd__tools__subcmd__run,tcpaccept)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcpaccept"
                ;;
            hawk__subcmd__tools__subcmd__run,tcpconnect)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcpconnect"
                ;;
            hawk__subcmd__tools__subcmd__run,tcpdrop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcpdrop"
                ;;
            hawk__subcmd__tools__subcmd__run,tcplife)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcplife"
                ;;
            hawk__subcmd__tools__subcmd__run,tcpretrans)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcpretrans"
                ;;
            hawk__subcmd__tools__subcmd__run,tcprtt)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcprtt"
                ;;
            hawk__subcmd__tools__subcmd__run,tcpsynbl)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__tcpsynbl"
                ;;
            hawk__subcmd__tools__subcmd__run,threadsnoop)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__threadsnoop"
                ;;
            hawk__subcmd__tools__subcmd__run,udp)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__udp"
                ;;
            hawk__subcmd__tools__subcmd__run,vfscount)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__vfscount"
                ;;
            hawk__subcmd__tools__subcmd__run,vfsstat)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__vfsstat"
                ;;
            hawk__subcmd__tools__subcmd__run,wakeuptime)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__wakeuptime"
                ;;
            hawk__subcmd__tools__subcmd__run,writeback)
                cmd="hawk__subcmd__tools__subcmd__run__subcmd__writeback"
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
                    COMPREPLY=($(compgen -W "kprobe kprobe_multi kprobe_session uprobe_multi uprobe_session fentry syscall_dispatch cookie raw_cookie loop perf_link btf" -- "${cur}"))
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
            opts="-h --help argN args assert assert_str asyncwatchpoint avg begin bench bswap buf cat cgroup cgroup_path cgroupid clear comm config container_of count cpid cpu ctx curtask debugf default_str_length delete distinct dw_ustack elapsed end errorf exit fail fentry fexit find func getopt gid hardware has_cpid has_key hist interval is_array is_err is_integer is_literal is_ptr is_str is_unsigned_integer iter jiffies join kaddr kfunc_allowed kfunc_exist kprobe kptr kretprobe kstack ksym leader_comm leader_tid len lhist local macaddr max memcmp min ncpus nsecs ntop numaid offsetof override path pcomm percpu_kaddr pid ppid print printf probe probetype profile progenyof pton quantiles rand ratelimit rawtracepoint reg retval sample sargN self signal signal_name signal_thread sizeof skboutput socket_cookie software static_assert stats str str_concat strcap strcontains strerror strftime strlen strncmp strstr sum syscall_name system test tid time topk tracepoint tseries typeinfo uaddr uid unwatch uprobe uptr uretprobe usdt usermode username ustack usym warnf watchpoint write_user zero settings"
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
        hawk__subcmd__tools__subcmd__run__subcmd__argdist)
            opts="-h --pid --arg --count --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --arg)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__bashreadline)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__biolatency)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__biosnoop)
            opts="-h --pid --us --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --us)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__biostacks)
            opts="-h --pid --depth --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --depth)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__bitesize)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__bpfmaps)
            opts="-h --name --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --name)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__bpfprogs)
            opts="-h --name --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --name)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__bpfsnoop)
            opts="-h --pid --all --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__cachestat)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__capable)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__containerexecs)
            opts="-h --ppid --cgroup --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --ppid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --cgroup)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__cpu)
            opts="-h --pid --seconds --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --seconds)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__cpuwalk)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__dcsnoop)
            opts="-h --pid --type --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --type)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__dnssnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__execsnoop)
            opts="-h --ppid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --ppid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__exitsnoop)
            opts="-h --ppid --failed --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --ppid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__filelife)
            opts="-h --pid --ms --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --ms)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__fileslower)
            opts="-h --pid --us --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --us)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__forks)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__fsdist)
            opts="-h --pid --type --least --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --type)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --least)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__funccount)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__funclatency)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__futexwait)
            opts="-h --pid --us --depth --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --us)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --depth)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__gcpauses)
            opts="-h --pid --least --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --least)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__gethostlatency)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__hardirqs)
            opts="-h --irq --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --irq)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__kernellocks)
            opts="-h --pid --depth --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --depth)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__killsnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__majorfaults)
            opts="-h --pid --stacks --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__mapsnoop)
            opts="-h --pid --least --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --least)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__memleak)
            opts="-h --least --depth --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --least)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --depth)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__modload)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__mountsnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__mutexlock)
            opts="-h --us --depth --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --us)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --depth)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__netbytes)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__offcputime)
            opts="-h --pid --us --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --us)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__oomkill)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__opensnoop)
            opts="-h --pid --failed --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__packetpath)
            opts="-h --port --packets --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --packets)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__pagefaults)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__permsnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__profile)
            opts="-h --pid --user --kernel --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__ptracesnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__readlatency)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__reclaim)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__runqlat)
            opts="-h --tid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --tid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__runqlen)
            opts="-h --cpu --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --cpu)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__setuids)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__slab)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__softirqs)
            opts="-h --name --hist --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --name)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__sslsnoop)
            opts="-h --pid --bytes --plain --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --bytes)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__stackcount)
            opts="-h --pid --user --depth --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --depth)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__statsnoop)
            opts="-h --pid --failed --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__swapin)
            opts="-h --pid --each --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__switches)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__syncsnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__syscount)
            opts="-h --pid --top --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --top)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcpaccept)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcpconnect)
            opts="-h --pid --port --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcpdrop)
            opts="-h --port --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcplife)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcpretrans)
            opts="-h --port --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcprtt)
            opts="-h --port --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__tcpsynbl)
            opts="-h --port --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__threadsnoop)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__udp)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__vfscount)
            opts="-h --pid --each --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__vfsstat)
            opts="-h --pid --each --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__wakeuptime)
            opts="-h --pid --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        hawk__subcmd__tools__subcmd__run__subcmd__writeback)
            opts="-h --disk --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --disk)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
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
