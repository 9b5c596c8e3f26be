# Sourced by the scripts that try an image: builds a target of the real Dockerfile without a container engine.
#
# build_image <script> [target] ends with 0 and a loud line where what it needs is missing (GLIMPSE_IMAGE_REQUIRED=1 makes
# that a failure). After it $root is the file system of the image, of_image evaluates JavaScript over its
# configuration `c`, and $work is a folder that is removed at the end. NODE_IMAGE and RUNTIME_IMAGE take base images that buildah
# can pull; without NODE_IMAGE local stand-ins are made, or taken from STAND_IN, a folder left by make-stand-in.sh.
server_pid=

buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }
of_image() { node -p "const c = JSON.parse(fs.readFileSync('$work/image.json')).Docker.config; $1"; }

cleanup() {
  [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true
  buildah rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}

skip() {
  echo "=== SKIPPED $script: $1 ===" >&2
  exit "${GLIMPSE_IMAGE_REQUIRED:-0}"
}

need_tools() {
  local tool
  [ "$(uname -s)" = Linux ] || skip 'it needs Linux'
  [ "$(id -u)" = 0 ] || skip 'it needs root (chroot isolation without a container engine)'
  for tool in buildah curl unshare nsenter mount; do
    command -v "$tool" >/dev/null || skip "there is no $tool (Debian: apt-get install buildah)"
  done
  [ -n "${NODE_IMAGE:-}${STAND_IN:-}" ] || command -v debootstrap >/dev/null ||
    skip 'there is no debootstrap to make a base image with, and NODE_IMAGE names none'
}

# Commits a folder as a local image: as_image <folder> <name>
as_image() {
  local base
  base=$(buildah from scratch)
  buildah add --quiet "$base" "$1" / >/dev/null
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$base"
  buildah commit --quiet --rm "$base" "$2" >/dev/null
}

stand_in() {
  local started=$SECONDS
  if [ -z "${STAND_IN:-}" ]; then
    STAND_IN=$work/stand-in
    scripts/image/make-stand-in.sh "$STAND_IN"
  fi
  NODE_IMAGE=localhost/node-stand-in:24
  as_image "$STAND_IN" "$NODE_IMAGE"
  # Debian as it is without Node and its user, in place of debian:bookworm-slim.
  mkdir "$work/debian"
  cp -a "$STAND_IN/." "$work/debian"
  rm -rf "$work/debian"/usr/local/{bin,lib,include}/* "$work/debian/home/node"
  chroot "$work/debian" userdel node 2>/dev/null || true
  RUNTIME_IMAGE=localhost/debian-stand-in:12
  as_image "$work/debian" "$RUNTIME_IMAGE"
  rm -rf "$work/stand-in" "$work/debian"
  figure 'stand-ins for the base images' "$((SECONDS - started)) s"
  pull=--pull-never
}

build_image() {
  local started image
  script=$1
  need_tools
  work=$(mktemp -d "${TMPDIR:-/tmp}/glimpse-image.XXXXXX")
  export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
  trap cleanup EXIT
  pull=
  [ -n "${NODE_IMAGE:-}" ] || stand_in
  started=$SECONDS
  buildah build $pull --format docker ${2:+--target "$2"} --build-arg "NODE_IMAGE=$NODE_IMAGE" \
    ${RUNTIME_IMAGE:+--build-arg "RUNTIME_IMAGE=$RUNTIME_IMAGE"} --tag glimpse:test . \
    >"$work/build.log" 2>&1 || {
    tail -40 "$work/build.log" >&2
    exit 1
  }
  figure 'build of the Dockerfile' "$((SECONDS - started)) s"
  image=$(buildah from --pull-never glimpse:test)
  root=$(buildah mount "$image")
  buildah inspect --type image glimpse:test >"$work/image.json"
}
