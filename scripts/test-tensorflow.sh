#!/usr/bin/env bash
# Tests the optional TensorFlow runtime on the real tfjs-node and on a SavedModel written by Python's
# TensorFlow. Needs PyPI, pip, g++ and make; about 700 MB of disk. Says so loudly and stops where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${GLIMPSE_TENSORFLOW_WORK:-.glimpse/test-tensorflow}
mkdir -p "$work"
work=$(cd "$work" && pwd)
skip() {
  echo "=== SKIPPED test:tensorflow: $1 ==="
  # Where somebody asked for these tests by name, that they could not run is a failure.
  [ "${GLIMPSE_TENSORFLOW_REQUIRED:-0}" = 1 ] && exit 1
  exit 0
}

command -v python3 >/dev/null || skip 'there is no python3'
command -v g++ >/dev/null || skip 'there is no C++ compiler'
[ -x "$work/python/bin/python" ] || python3 -m venv "$work/python" || skip 'python3 has no venv'
"$work/python/bin/pip" install --quiet tensorflow-cpu==2.15.1 || skip 'PyPI has no tensorflow-cpu 2.15.1 for this Python'
scripts/install-tensorflow.sh "$work/tensorflow" || skip 'tfjs-node could not be installed'
trap 'rm -f node_modules/@tensorflow/tfjs-node' EXIT

"$work/python/bin/python" test/tensorflow/write-saved-model.py "$work/saved-model"
SAVED_MODEL_FOLDER=$work/saved-model node node_modules/vitest/vitest.mjs run --config vitest.tensorflow.config.ts "$@"
