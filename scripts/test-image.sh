#!/usr/bin/env bash
# npm run test:image: builds the real Dockerfile without a container engine and holds the image to what the
# documentation promises: ordinary user, health check, an answer to a sample, read-only root, drain on SIGTERM.
#
# Needs root and Debian's buildah and debootstrap; where they are missing it says so loudly and ends with 0
# (GLIMPSE_IMAGE_REQUIRED=1 makes that a failure). NODE_IMAGE takes a base image that buildah can pull;
# without it a local stand-in is made, or taken from STAND_IN, a folder left by scripts/image/make-stand-in.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/image/checks.sh
source scripts/image/build.sh
build_image test:image

# --- what the image says of itself -----------------------------------------------------------------------
check 'runs as an ordinary user' "$(of_image 'c.User')" '1000:1000'
check 'exposes 8080' "$(of_image 'Object.keys(c.ExposedPorts).join()')" '8080/tcp'
check 'is stopped by SIGTERM' "$(of_image 'c.StopSignal')" 'SIGTERM'
check 'has volumes for models, data and scratch' "$(of_image 'Object.keys(c.Volumes).sort().join()')" '/data,/models,/tmp'
check 'is started as glimpse serve' "$(of_image '[...c.Entrypoint, ...c.Cmd].join(" ")')" 'node dist/cli.js serve'
check 'checks its health with Node' "$(of_image 'c.Healthcheck.Test.join(" ")')" 'CMD node dist/healthcheck.js'

# --- the image at work: read-only root, no capabilities, Node as process 1 ----------------------------------
mapfile -t environment < <(of_image 'c.Env.join("\n")')
mapfile -t command < <(of_image '[...c.Entrypoint, ...c.Cmd].join("\n")')
port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')
GLIMPSE_TEST_KEY=$(node -p '`glimpse_${"a".repeat(12)}_${crypto.randomBytes(32).toString("base64url")}`')
environment+=("GLIMPSE_ADMIN_KEY=$GLIMPSE_TEST_KEY")
environment+=("GLIMPSE_PORT=$port" GLIMPSE_HOST=127.0.0.1 GLIMPSE_DRAIN_DELAY_MS=2000 HOME=/home/node)
mkdir -p "$work/data" "$work/models"
cp -a "$root/models/." "$work/models"
chown 1000:1000 "$work/data" "$work/models"

started=$(now_ms)
unshare --mount --pid --fork --kill-child \
  scripts/image/enter-read-only.sh "$root" "$work/models" "$work/data" "${environment[@]}" -- "${command[@]}" \
  >"$work/server.log" 2>&1 &
outer_pid=$!
wait_for_ready "http://127.0.0.1:$port" || { tail -30 "$work/server.log" >&2; exit 1; }
figure 'from start to ready' "$(($(now_ms) - started)) ms"
server_pid=$(pgrep --parent "$outer_pid")
inside() { nsenter --target "$server_pid" --mount --root --setuid 1000 --setgid 1000 env -i --chdir=/app "${environment[@]}" "$@"; }

check 'Node is process 1' "$(inside readlink /proc/1/exe)" '/usr/local/bin/node'
check 'the process has uid 1000' "$(awk '/^Uid:/ { print $2 }' "/proc/$server_pid/status")" '1000'
check 'jemalloc is loaded' "$(grep -c 'libjemalloc.so$' "/proc/$server_pid/maps" | sed 's/^[1-9][0-9]*$/yes/')" 'yes'
check 'the program cannot be written' "$(inside sh -c 'touch /app/x 2>/dev/null && echo written || echo refused')" 'refused'
check 'models and data can be written' "$(inside sh -c 'touch /models/x /data/x /tmp/x && rm /models/x && echo written')" 'written'
check 'the health check is content' "$(inside node dist/healthcheck.js >/dev/null && echo 0 || echo 1)" '0'
check_samples "http://127.0.0.1:$port"
figure 'resident memory after the samples' "$(awk '/^VmRSS:/ { print int($2 / 1024) " MiB" }' "/proc/$server_pid/status")"

# --- training in a process of its own, and the new version served -----------------------------------------------
started=$SECONDS
check 'a training job publishes version 3' "$(train_briefly "http://127.0.0.1:$port")" 'succeeded 3'
figure 'three epochs from POST to published' "$((SECONDS - started)) s"
check_samples "http://127.0.0.1:$port" /models/digits/versions/3/predict

# --- SIGTERM in the middle of a request -----------------------------------------------------------------------
sample=$(first_sample)
size=$(stat --format %s "$sample")
{ head -c "$((size / 2))" "$sample"; sleep 1.5; tail -c "+$((size / 2 + 1))" "$sample"; } |
  curl --silent --output "$work/answer.json" --write-out '%{http_code}' --request POST --upload-file - \
    --header 'content-type: image/png' --header 'expect:' "http://127.0.0.1:$port/predict" >"$work/status" &
request_pid=$!
sleep 0.5
stopped=$(now_ms)
kill -TERM "$server_pid"
sleep 0.3
check '/readyz fails while it drains' "$(curl --silent --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$port/readyz")" '503'
wait "$request_pid" || true
check 'the request under way is answered' "$(cat "$work/status")" '200'
exit_code=0
wait "$outer_pid" || exit_code=$?
server_pid=
check 'the server ends by itself with 0' "$exit_code" '0'
figure 'from SIGTERM to the end' "$(($(now_ms) - stopped)) ms"

# --- sizes, of the bytes in it as registries count them ----------------------------------------------------------------------------------------------------
size_of() { du --summarize --apparent-size --block-size=1000000 "$@" 2>/dev/null | awk '{ print $1 " MB" }'; }
figure 'whole image' "$(size_of --one-file-system "$root")"
check 'the image has less than 300 MB' "$([ "$(du --summarize --apparent-size --block-size=1000000 --one-file-system "$root" | cut -f1)" -lt 300 ] && echo yes)" 'yes'
check 'it has a list of its parts, in CycloneDX' "$(node -p 'const b = JSON.parse(fs.readFileSync(process.argv[1])); `${b.bomFormat} ${b.components.some((one) => one.name === "fastify")}`' "$root/app/sbom.cdx.json")" 'CycloneDX true'
figure '  node_modules' "$(size_of "$root/app/node_modules")"
figure '  of them onnxruntime-node' "$(size_of "$root/app/node_modules/onnxruntime-node")"
figure '  dist' "$(size_of "$root/app/dist")"
figure '  models and samples' "$(size_of --total "$root/models" "$root/app/samples" | tail -1)"
summary
