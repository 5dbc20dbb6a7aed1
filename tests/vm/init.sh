#!/bin/busybox sh
# PID 1 of the guest, in the initramfs: mounts everything, and goes on in the new
# root as stage2.sh, with the initramfs' busybox, so that nothing of the host's user
# space has a part in it.  /vars, made for each run, holds the settings.
bb=/bin/busybox
fail() { echo "vm-boot: $*" >/dev/console; echo o >/proc/sysrq-trigger; sleep 60; }
. /vars
$bb mkdir -p /proc /sys /dev /lower /new /scratch
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs devtmpfs /dev
for m in /modules/*.ko; do
    [ -e "$m" ] && { $bb insmod "$m" || fail "cannot load $m"; }
done

share() {   # TAG DIR OPTIONS
    $bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,$3 $1 "$2" ||
        fail "cannot mount $2"
}

# The root is read-only, and taken not to change while we run: cache all of it.
share root /lower ro,cache=loose
if [ -n "$OVERLAY" ]; then
    $bb mount -t tmpfs -o mode=755,size=80% tmpfs /scratch
    $bb mkdir /scratch/up /scratch/work
    $bb mount -t overlay -o lowerdir=/lower,upperdir=/scratch/up,workdir=/scratch/work overlay /new ||
        fail "cannot mount the overlay"
else
    $bb mount --move /lower /new
fi
i=0
while :; do     # RW0, RW1...: the shared directories
    eval "d=\$RW$i"; [ -n "$d" ] || break
    share rw$i "/new$d" rw,cache=mmap   # in step with the host
    i=$((i + 1))
done

cd /new
$bb mount --move /proc proc; $bb mount --move /sys sys; $bb mount --move /dev dev
$bb mkdir -p dev/pts dev/shm
$bb mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
$bb mount -t tmpfs -o mode=1777 tmpfs dev/shm
$bb mount -t tmpfs -o mode=755 tmpfs run
$bb mkdir -p run/lock run/vm-boot/bin
for l in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
    [ -e dev/${l%%:*} ] || $bb ln -s /proc/self/${l#*:} dev/${l%%:*}
done
$bb mount -t securityfs securityfs sys/kernel/security 2>/dev/null
$bb mount -t debugfs debugfs sys/kernel/debug
$bb mount -t tracefs tracefs sys/kernel/tracing
$bb mount -t bpf bpf sys/fs/bpf
$bb mount -t cgroup2 -o nsdelegate cgroup2 sys/fs/cgroup
for c in $($bb cat sys/fs/cgroup/cgroup.controllers); do
    echo +$c >sys/fs/cgroup/cgroup.subtree_control
done 2>/dev/null
if [ -n "$OVERLAY" ]; then      # the kernel's modules and config
    $bb mkdir -p lib/modules/$RELEASE boot
    $bb mount -o bind ".$KERNEL/modules" lib/modules/$RELEASE
    $bb ln -sf "$KERNEL/config" boot/config-$RELEASE
fi
$bb ifconfig lo up
$bb hostname vm-boot
$bb cp $bb run/vm-boot/bin/
$bb cp /stage2 /command run/vm-boot/
exec $bb switch_root /new /run/vm-boot/bin/busybox sh /run/vm-boot/stage2
