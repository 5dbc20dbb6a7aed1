# The second half of the guest's start, in the new root; the settings TOKEN, STDIN
# and TTY are put before it.  Runs the command and tells the host its status.
#
# The command's stdout and stderr are FIFOs that two cats copy to the virtio
# ports: a port can be opened only once, which would break >/dev/stderr.  After
# the command has ended, TOKEN goes through the same FIFOs, so that the host
# knows when it has seen all, even where a daemon still holds them open.
# (exec ...): the shell's own "Killed" and the like go to the console.
bb=/run/vm-boot/bin/busybox
d=/run/vm-boot
port() {
    for p in /sys/class/virtio-ports/*; do
        [ "$($bb cat $p/name 2>/dev/null)" = $1 ] && echo /dev/${p##*/} && return
    done
}
until [ -n "$(port status)" ]; do $bb sleep 0.02; done   # the last port made
ulimit -l unlimited
exec 9>$(port status)
if [ -n "$TTY" ]; then
    $bb stty -F /dev/hvc0 $TTY
    (exec $bb setsid -c /bin/sh $d/command <>/dev/hvc0 >&0 2>&1 9>&-)
    rc=$?
    printf %s $TOKEN >/dev/hvc0
else
    $bb mkfifo $d/out $d/err
    $bb cat <$d/out >$(port out) 9>&- &
    $bb cat <$d/err >$(port err) 9>&- &
    exec 7>$d/out 8>$d/err
    in=/dev/null; [ -n "$STDIN" ] && in=$(port in)
    (exec $bb setsid /bin/sh $d/command <$in >&7 2>&8 7>&- 8>&- 9>&-)
    rc=$?
    printf %s $TOKEN >&7; printf %s $TOKEN >&8
fi
$bb sync
echo $rc >&9
while :; do $bb sleep 1000; done     # the host ends the machine
