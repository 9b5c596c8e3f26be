#!/usr/bin/env bash
# Makes a local stand-in for node:24-bookworm-slim where no image registry can be reached: Debian bookworm
# by debootstrap, the Node binary and npm from the npm registry, and the user `node` with number 1000.
# Usage: make-stand-in.sh <root filesystem folder>, as root. Every address comes from this machine's own
# settings (DEBIAN_MIRROR, npm's registry, the CA bundle), never from our Dockerfile.
set -euo pipefail

rootfs=$1
node_major=${NODE_MAJOR:-24}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  *) echo "no Node binary package for $(uname -m)" >&2; exit 1 ;;
esac

packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT

debootstrap --variant=minbase --include=ca-certificates bookworm "$rootfs" "$mirror" >"$packages/debootstrap.log" 2>&1 || {
  tail -5 "$packages/debootstrap.log" >&2
  exit 1
}
rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/* "$rootfs"/usr/share/{doc,man,locale,info}

npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$packages" \
  "node-linux-$arch@$node_major" npm@11 >&2
install -m 755 "$packages/node_modules/node-linux-$arch/bin/node" "$rootfs/usr/local/bin/node"
mkdir -p "$rootfs/usr/local/lib/node_modules"
cp -r "$packages/node_modules/npm" "$rootfs/usr/local/lib/node_modules/npm"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$rootfs/usr/local/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$rootfs/usr/local/bin/npx"

chroot "$rootfs" groupadd --gid 1000 node
chroot "$rootfs" useradd --uid 1000 --gid node --shell /bin/bash --create-home node

# A machine behind its own certificate authority or registry lends both to the stand-in.
bundle=${NODE_EXTRA_CA_CERTS:-${SSL_CERT_FILE:-}}
if [ -n "$bundle" ] && [ -f "$bundle" ]; then
  cp "$bundle" "$rootfs/etc/ssl/certs/ca-certificates.crt"
fi
npm config get registry | sed 's/^/registry=/' >"$rootfs/usr/local/lib/node_modules/npm/npmrc"
