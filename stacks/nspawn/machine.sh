#!/bin/sh
# One machine of the twin, from the moment that it has power until it has none. Runs in a mount namespace of its own, so
# that nothing stays mounted after it. The environment says which one:
#   GV_NAME machine name   GV_HOST host name   GV_NETNS its network namespace, by name   GV_IMAGE GV_DISK folders
# A file `mounts` in GV_DISK has systemd-nspawn(1) --bind= values, one a line: the volumes.
# A machine that reboots ends systemd-nspawn with 133; it starts again with the same disk and with a network as new.
set -u

mount --make-rprivate / &&
    mount -t overlay overlay -o "lowerdir=$GV_IMAGE,upperdir=$GV_DISK/upper,workdir=$GV_DISK/work" "$GV_DISK/root" || exit 1

forget() { # what a kernel that lost its power no longer knows: Open vSwitch's taps, links, addresses, routes
    for tap in $(ip -netns "$GV_NETNS" -oneline link show type tun | cut -d' ' -f2 | cut -d: -f1); do
        ip -netns "$GV_NETNS" link delete "$tap"
    done
    for port in $(ip -netns "$GV_NETNS" -oneline link show | cut -d' ' -f2 | cut -d: -f1 | cut -d@ -f1); do
        [ "$port" = lo ] || ip -netns "$GV_NETNS" link set "$port" down
        ip -netns "$GV_NETNS" address flush dev "$port"
    done
    ip -netns "$GV_NETNS" -4 route flush table all
    ip -netns "$GV_NETNS" -6 route flush table all
    ip -netns "$GV_NETNS" nexthop flush
} >/dev/null 2>&1

status=133
while [ $status = 133 ]; do
    forget
    set --
    if [ -e "$GV_DISK/mounts" ]; then
        while read -r bind; do
            set -- "$@" "--bind=$bind"
        done <"$GV_DISK/mounts"
    fi
    SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn --quiet --boot --keep-unit --register=no --notify-ready=yes \
        --capability=all --drop-capability=CAP_SYS_TIME --network-namespace-path="/run/netns/$GV_NETNS" \
        --link-journal=no --console=pipe --bind=/dev/net/tun --resolv-conf=off --timezone=off \
        --machine="$GV_NAME" --hostname="$GV_HOST" "$@" --directory="$GV_DISK/root"
    status=$?
done
forget
exit $status
