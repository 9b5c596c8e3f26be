#!/usr/bin/env bash
# npm run test:lambda:image: builds the target `lambda` of the Dockerfile and has Lambda's own emulator run it, as Lambda does: with a
# root that cannot be written and a /tmp that can.
#
# Needs root and Debian's buildah and debootstrap, like npm run test:image, and Go; it says so loudly where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/image/checks.sh
source scripts/image/build.sh
build_image test:lambda:image lambda

check 'is started as a function' "$(of_image '[...c.Entrypoint, ...(c.Cmd ?? [])].join(" ")')" 'node dist/lambda.js'
of_image 'c.Env.join("\n")' >"$work/environment"
of_image 'c.Entrypoint.join("\n")' >"$work/entrypoint"
cat >"$work/enter.sh" <<'ENTER'
#!/usr/bin/env bash
set -euo pipefail
root=$1 work=$2
mapfile -t environment <"$work/environment"
mapfile -t entrypoint <"$work/entrypoint"
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec=993:990 "$root" env -i --chdir=/app "${environment[@]}" \
  "AWS_LAMBDA_RUNTIME_API=$AWS_LAMBDA_RUNTIME_API" "${entrypoint[@]}"
ENTER
npm run --silent test:lambda -- unshare --mount --pid --fork --kill-child bash "$work/enter.sh" "$root" "$work" | tee "$work/said"
check 'the emulator runs the image' "$(tail -1 "$work/said")" 'test:lambda: all is right'
figure 'whole image' "$(du --summarize --block-size=1M --one-file-system "$root" | awk '{ print $1 " MB" }')"
summary
