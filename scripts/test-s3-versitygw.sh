#!/usr/bin/env bash
# The store's contract against versitygw, an S3 server over a folder, built from the Go module proxy.
# VERSITYGW names a program that is there already. With --faults the fault tests run on it, too.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.8.0

skip() {
  echo "==================================================================" >&2
  echo "NOT RUN: the S3 contract against versitygw, because $1" >&2
  echo "==================================================================" >&2
  exit 0
}

scratch=$(mktemp -d)
server=""
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  chmod -R u+w "$scratch"
  rm -rf "$scratch"
}
trap stop EXIT

gateway=${VERSITYGW:-}
if [ -z "$gateway" ]; then
  command -v go >/dev/null || skip "there is no Go here, and VERSITYGW names no program."
  echo "building versitygw $version (a minute or two)"
  GOBIN="$scratch" GOPATH="$scratch/go" go install "github.com/versity/versitygw/cmd/versitygw@$version" >"$scratch/log" 2>&1 ||
    skip "it could not be built: $(tail -1 "$scratch/log")"
  gateway="$scratch/versitygw"
fi
[ -x "$gateway" ] || skip "$gateway is no program."

port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
mkdir "$scratch/buckets"
# With --sidecar it keeps contents and etags apart, and loses updates by If-Match (26 of 40 increments were left).
export AWS_ACCESS_KEY_ID=glimpse AWS_SECRET_ACCESS_KEY=not-a-secret AWS_EC2_METADATA_DISABLED=true AWS_REGION=us-east-1
"$gateway" --port "127.0.0.1:$port" --access "$AWS_ACCESS_KEY_ID" --secret "$AWS_SECRET_ACCESS_KEY" --keep-alive --quiet \
  posix "$scratch/buckets" >"$scratch/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  node -e "fetch('http://127.0.0.1:$port/').then(() => process.exit(0), () => process.exit(1))" && break
  kill -0 "$server" 2>/dev/null || skip "it does not start: $(tail -1 "$scratch/server.log")"
  sleep 0.3
done

echo "versitygw, its metadata in extended attributes"
if [ "${1:-}" = --faults ]; then
  shift
  npx tsx scripts/test-faults.ts --endpoint "http://127.0.0.1:$port" "$@"
else
  npx tsx scripts/test-s3.ts --endpoint "http://127.0.0.1:$port" "$@"
fi
