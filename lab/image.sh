#!/bin/sh
# Builds one Debian root file system. In mount and process namespaces of its own (lab/image.py starts it so): whatever
# is mounted here ends with it, however it ends.
# usage: image.sh TARGET RELEASE PACKAGES SOURCES-FILE       (PACKAGES: comma-separated)
set -eu
target=$1 release=$2 packages=$3 sources=$4
mirror=$(awk 'NR == 1 { print $2 }' "$sources")
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

debootstrap --variant=minbase --foreign --include="$packages" "$release" "$target" "$mirror"
echo force-unsafe-io >"$target/etc/dpkg/dpkg.cfg.d/govnet"
printf '%s\n' 'path-exclude=/usr/share/doc/*' 'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/locale/*' \
    >>"$target/etc/dpkg/dpkg.cfg.d/govnet"
chroot "$target" /debootstrap/debootstrap --second-stage

cp "$sources" "$target/etc/apt/sources.list"
cp /etc/resolv.conf "$target/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$target/usr/sbin/policy-rc.d"
chmod 755 "$target/usr/sbin/policy-rc.d"
[ -e "$target/proc/self" ] || mount -t proc proc "$target/proc"
echo "I: Updates of the release and of its security"
chroot "$target" apt-get -q -o Acquire::Languages=none update
chroot "$target" apt-get -q -y upgrade
chroot "$target" apt-get clean
rm -f "$target/usr/sbin/policy-rc.d" "$target/etc/resolv.conf"
