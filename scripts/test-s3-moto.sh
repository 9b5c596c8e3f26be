#!/usr/bin/env bash
# The store's contract against moto, another project's S3, in a Python environment of its own.
# Our own test server keeps what moto does not: moto accepts wrong secrets and wrong checksums.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "==================================================================" >&2
  echo "NOT RUN: the S3 contract against moto, because $1" >&2
  echo "==================================================================" >&2
  exit 0
}

command -v python3 >/dev/null || skip "there is no python3 here."
scratch=$(mktemp -d)
server=""
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap stop EXIT

python3 -m venv "$scratch/venv" >"$scratch/log" 2>&1 || skip "python3 cannot make a virtual environment: $(tail -1 "$scratch/log")"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[s3,server]==5.2.1' >"$scratch/log" 2>&1 ||
  skip "moto could not be installed from PyPI: $(tail -1 "$scratch/log")"

port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
# moto looks at a condition and writes in two steps, on many threads: two writers can both win. S3 decides in one,
# so here one request is answered at a time.
cat >"$scratch/serve.py" <<'PYTHON'
import sys, threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()

def one_at_a_time(environ, start_response):
    with turn:
        return moto(environ, start_response)

run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True)
PYTHON
"$scratch/venv/bin/python" "$scratch/serve.py" "$port" >"$scratch/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  node -e "fetch('http://127.0.0.1:$port/').then(() => process.exit(0), () => process.exit(1))" && break
  kill -0 "$server" 2>/dev/null || { cat "$scratch/server.log" >&2; exit 1; }
  sleep 0.3
done

"$scratch/venv/bin/pip" list 2>/dev/null | grep -i '^moto '
export TEST_S3_HAS_SQS=1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true
npx tsx scripts/test-s3.ts --endpoint "http://127.0.0.1:$port" "$@"
