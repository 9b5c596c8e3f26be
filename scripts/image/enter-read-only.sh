#!/usr/bin/env bash
# Runs a command as a container would be run with --read-only --cap-drop ALL --tmpfs /tmp and two volumes.
# Usage, in a mount and process namespace of its own:
#   enter-read-only.sh <root> <models> <data> NAME=value... -- command...
set -euo pipefail
root=$1
models=$2
data=$3
shift 3
environment=()
while [ "$1" != -- ]; do
  environment+=("$1")
  shift
done
shift

mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$models" "$root/models"
mount --bind "$data" "$root/data"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
cd "$root/app"
# Each exec replaces this shell, so the last one, the program, is process 1 of the namespace.
exec setpriv --no-new-privs \
  chroot --userspec=1000:1000 "$root" env -i --chdir=/app "${environment[@]}" "$@"
