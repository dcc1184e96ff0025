#!/usr/bin/env bash
# Starts an unpacked image as a cluster would: as its user, without capabilities or the chance to
# gain any, with a read-only root, and with /tmp and what else is named as the only places to write.
#     contained.sh ROOT [--mount FROM:TO]… -- PROGRAM [ARGUMENT…]
# FROM is a directory of this machine; the user 10001 must be able to use it. Needs root, for the
# namespaces of mounts and processes. The network is this machine's.
set -euo pipefail
root=$1; shift
mounts=()
while [ "$1" != -- ]; do
  [ "$1" = --mount ] || { echo "contained.sh: unknown option $1" >&2; exit 2; }
  mounts+=("$2"); shift 2
done
shift
export CONTAINED_ROOT=$root CONTAINED_MOUNTS="${mounts[*]:-}"
exec unshare --mount --pid --fork --kill-child --propagation private bash -c '
  set -euo pipefail
  root=$CONTAINED_ROOT
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o size=2g,mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o size=1m,mode=755 tmpfs "$root/dev"
  for device in null zero random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  for pair in $CONTAINED_MOUNTS; do
    mount --bind "${pair%%:*}" "$root${pair#*:}"
  done
  mount -o remount,bind,ro "$root"
  unset CONTAINED_ROOT CONTAINED_MOUNTS
  exec chroot "$root" /usr/bin/setpriv --reuid 10001 --regid 10001 --clear-groups \
    --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
' contained "$@"
