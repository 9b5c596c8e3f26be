# Sourced by the scripts that try an image: builds a target of the real Dockerfile without a container engine.
#
# build_image <script> [target] ends with 0 and a loud line where what it needs is missing (GLIMPSE_IMAGE_REQUIRED=1 makes
# that a failure). After it $root is the file system of the image, of_image evaluates JavaScript over its
# configuration `c`, and $work is a folder that is removed at the end. NODE_IMAGE takes a base image that buildah
# can pull; without it a local stand-in is made, or taken from STAND_IN, a folder left by make-stand-in.sh.
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

stand_in() {
  local base started=$SECONDS
  if [ -z "${STAND_IN:-}" ]; then
    STAND_IN=$work/stand-in
    scripts/image/make-stand-in.sh "$STAND_IN"
  fi
  base=$(buildah from scratch)
  buildah add --quiet "$base" "$STAND_IN" / >/dev/null
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$base"
  NODE_IMAGE=localhost/node-stand-in:24
  buildah commit --quiet --rm "$base" "$NODE_IMAGE" >/dev/null
  rm -rf "$work/stand-in"
  figure 'stand-in for the base image' "$((SECONDS - started)) s"
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
  buildah build $pull --format docker ${2:+--target "$2"} --build-arg "NODE_IMAGE=$NODE_IMAGE" --tag glimpse:test . \
    >"$work/build.log" 2>&1 || {
    tail -40 "$work/build.log" >&2
    exit 1
  }
  figure 'build of the Dockerfile' "$((SECONDS - started)) s"
  image=$(buildah from --pull-never glimpse:test)
  root=$(buildah mount "$image")
  buildah inspect --type image glimpse:test >"$work/image.json"
}
