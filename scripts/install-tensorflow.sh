#!/usr/bin/env bash
# Installs the optional TensorFlow runtime, @tensorflow/tfjs-node: `npm run install:tensorflow`.
#
# It is installed into a folder of its own and linked into node_modules, because `npm install` beside Glimpse takes an
# optional peer for granted and installs nothing. The package's own installer is tried first; it downloads
# libtensorflow from a host outside the npm registry that firewalls often block. Where it fails, PyPI's TensorFlow
# wheel gives the same C library: the library and its headers are taken from the wheel, and tfjs-node's small binding
# is compiled against them. That needs Linux, pip and g++, about 210 MB of download and 650 MB on disk.
#
#   scripts/install-tensorflow.sh [folder to install in, default .glimpse/tensorflow]
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD
mkdir -p "${1:-.glimpse/tensorflow}"
folder=$(cd "${1:-.glimpse/tensorflow}" && pwd)
wheel_version=2.15.1
tfjs_version=$(node -p "require('./package.json').peerDependencies['@tensorflow/tfjs-node']")
package=$folder/node_modules/@tensorflow/tfjs-node

# Whether it computes on this Node; what Node 23 took away is put back as the runtime of Glimpse does.
computes() {
  TF_CPP_MIN_LOG_LEVEL=2 node -e '
    require("node:util").isNullOrUndefined ??= (value) => value == null;
    const tf = require(process.argv[1]);
    if (!tf.node || tf.tensor([1]).add(1).dataSync()[0] !== 2) process.exit(1);
  ' "$package" >>"$folder/install.log" 2>&1
}

by_its_installer() {
  npm install --ignore-scripts=false --no-audit --no-fund "@tensorflow/tfjs-node@$tfjs_version" \
    >>"$folder/install.log" 2>&1 && computes
}

from_wheel() {
  local platform
  case "$(uname -sm)" in
    'Linux x86_64') platform=manylinux_2_17_x86_64 ;;
    'Linux aarch64') platform=manylinux_2_17_aarch64 ;;
    *)
      echo "install:tensorflow: the package's own installer failed ($folder/install.log), and only Linux has another way." >&2
      exit 1
      ;;
  esac
  npm install --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$tfjs_version" node-api-headers@1.9.0
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
  ln -sf libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
  ln -sf libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so.2"
  ln -sf libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
  mkdir -p "$package/lib/napi-v8"
  # As its binding.gyp says; node-gyp would download headers where Node came without them.
  (cd "$package" && g++ -shared -fPIC -O2 -std=c++17 -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION \
    -I "$folder/node_modules/node-api-headers/include" -I deps/include -I binding -I . \
    binding/tfjs_backend.cc binding/tfjs_binding.cc -o lib/napi-v8/tfjs_binding.node \
    -L deps/lib -ltensorflow -ltensorflow_framework -Wl,-rpath,'$ORIGIN/../../deps/lib')
}

cd "$folder"
: >install.log
if ! computes; then
  echo '{"private":true}' >package.json
  if ! by_its_installer; then
    echo "install:tensorflow: the package's own installer failed; taking TensorFlow's library from PyPI's wheel."
    # Not a condition: within one a failed step would not end the script.
    from_wheel
    if ! computes; then
      tail -5 install.log >&2
      echo 'install:tensorflow: tfjs-node was built and does not compute.' >&2
      exit 1
    fi
  fi
fi

mkdir -p "$project/node_modules/@tensorflow"
ln -sfn "$package" "$project/node_modules/@tensorflow/tfjs-node"
echo "tfjs-node $tfjs_version ($folder) is linked into node_modules; npm ci removes the link, and another run puts it back."
