#!/usr/bin/env bash
# Installs the optional TensorFlow runtime, @tensorflow/tfjs-node, without its own installer.
#
# Its installer downloads libtensorflow from a host that firewalls often block. PyPI's TensorFlow wheel
# carries the same C library, so this script takes the library and its headers from the wheel, builds
# tfjs-node's small binding against them (g++, make, Node's headers by node-gyp) and links the package
# into node_modules. Needs pip and a C++ compiler; about 210 MB of download, 650 MB on disk.
#
#   scripts/install-tfjs-node.sh [folder to build in, default .glimpse/tfjs-node]
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD
mkdir -p "${1:-.glimpse/tfjs-node}"
folder=$(cd "${1:-.glimpse/tfjs-node}" && pwd)
wheel_version=2.15.1
tfjs_version=$(node -p "require('./package.json').peerDependencies['@tensorflow/tfjs-node']")
package=$folder/node_modules/@tensorflow/tfjs-node

cd "$folder"
if [ ! -e "$package/lib/napi-v8/tfjs_binding.node" ]; then
  case "$(uname -sm)" in
    'Linux x86_64') platform=manylinux_2_17_x86_64 ;;
    'Linux aarch64') platform=manylinux_2_17_aarch64 ;;
    *) echo "install-tfjs-node: only Linux is built this way; elsewhere: npm install @tensorflow/tfjs-node" >&2; exit 1 ;;
  esac
  echo '{"private":true}' > package.json
  npm install --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$tfjs_version" node-gyp@12.4.0
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
    --platform "$platform" --dest wheel "tensorflow-cpu==$wheel_version"
  rm -rf "$package/deps"
  python3 - wheel/*.whl "$package/deps" <<'PY'
import os, sys, zipfile
wheel, deps = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
headers = ('c/', 'core/platform/', 'tsl/')
headers = tuple('tensorflow/include/tensorflow/' + part for part in headers) + ('tensorflow/include/tsl/',)
for name in wheel.namelist():
    if name.endswith('/'):
        continue
    if name.startswith('tensorflow/libtensorflow'):
        target = os.path.join(deps, 'lib', os.path.basename(name))
    elif name.startswith(headers):
        target = os.path.join(deps, os.path.relpath(name, 'tensorflow'))
    else:
        continue
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with wheel.open(name) as source, open(target, 'wb') as copy:
        while chunk := source.read(1 << 20):
            copy.write(chunk)
PY
  rm -r wheel
  # The wheel's libtensorflow_cc holds the C API that tfjs-node calls.
  for library in libtensorflow.so libtensorflow.so.2; do
    ln -sf libtensorflow_cc.so.2 "$package/deps/lib/$library"
  done
  ln -sf libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
  mkdir -p "$package/lib/napi-v8"
  # Node's own headers where they came with it; otherwise node-gyp downloads them.
  node_home=$(node -p "require('path').resolve(process.execPath, '../..')")
  headers=()
  if [ -e "$node_home/include/node/node_api.h" ]; then headers=(--nodedir="$node_home"); fi
  (cd "$package" && "$folder/node_modules/.bin/node-gyp" rebuild --module_name=tfjs_binding \
    --module_path="$package/lib/napi-v8" --napi_version=8 "${headers[@]}")
fi

mkdir -p "$project/node_modules/@tensorflow"
ln -sfn "$package" "$project/node_modules/@tensorflow/tfjs-node"
echo "tfjs-node $tfjs_version on TensorFlow $wheel_version is linked into node_modules; npm ci removes the link."
