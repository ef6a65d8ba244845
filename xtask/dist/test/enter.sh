#!/bin/sh
# Runs a script of this folder in a Debian without Rust. `cargo xtask dist --test` calls it with
# mounts, processes and a network of its own: what it mounts and starts is gone at its end.
set -eu
debian=$1 packages=$2 scripts=$3 script=$4 version=$5

ip link set lo up
layer=$(mktemp -d)
trap 'rmdir "$layer"' EXIT
mount -t tmpfs layer "$layer"
cd "$layer"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$debian,upperdir=upper,workdir=work" root
mount -t proc proc root/proc
mount -t devpts -o ptmxmode=666 devpts root/dev/pts
mkdir root/packages root/test
mount --bind "$packages" root/packages
mount --bind "$scripts" root/test
code=0
chroot root env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin VERSION="$version" \
    sh "/test/$script.sh" </dev/null || code=$?
cd /
umount -l "$layer"
exit $code
