#!/usr/bin/env bash
# npm run test:sagemaker: builds the target `sagemaker` of the Dockerfile and does with it what SageMaker does: `train` on a
# folder tree below /opt/ml, the model packed and unpacked, `serve` of it, an endpoint of several models, a batch transform.
#
# Needs root and Debian's buildah and debootstrap, like npm run test:image, and says so loudly where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/image/checks.sh
source scripts/image/build.sh
build_image test:sagemaker sagemaker

# --- what the image says of itself -----------------------------------------------------------------------
check 'runs as root, as the guide of SageMaker has it' "$(of_image 'c.User')" '0:0'
check 'tells that it takes several models' "$(of_image 'c.Labels["com.amazonaws.sagemaker.capabilities.multi-models"]')" 'true'
check 'tells that its port can be chosen' "$(of_image 'c.Labels["com.amazonaws.sagemaker.capabilities.accept-bind-to-port"]')" 'true'
mapfile -t environment < <(of_image 'c.Env.join("\n")')
mapfile -t entrypoint < <(of_image 'c.Entrypoint.join("\n")')

# `docker run -v ML:/opt/ml IMAGE words`, with the network of this machine and 127.0.0.1 for an address.
contain() {
  local ml=$1
  shift
  mkdir -p "$root/opt/ml"
  exec unshare --mount --pid --fork --kill-child bash -c '
    set -e
    root=$1 ml=$2
    shift 2
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount --bind "$ml" "$root/opt/ml"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" env -i --chdir=/app "$@"' - "$root" "$ml" "${environment[@]}" GLIMPSE_HOST=127.0.0.1 "${settings[@]}" "${entrypoint[@]}" "$@"
}
settings=(HOME=/root)

# --- train -------------------------------------------------------------------------------------------------
ml=$work/ml
mkdir -p "$ml/input/config" "$ml/input/data/training" "$ml/model" "$ml/output"
echo '{"model": "digits", "epochs": "4", "preprocessing": "handwriting", "batch-size": "32", "sagemaker_job_name": "\"digits-1\""}' >"$ml/input/config/hyperparameters.json"
echo '{"training": {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}}' >"$ml/input/config/inputdataconfig.json"
echo '{"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}' >"$ml/input/config/resourceconfig.json"
cp samples/digits/train-*.gz "$ml/input/data/training"
started=$(now_ms)
(contain "$ml" train) >"$work/train.log" 2>&1 || { tail -20 "$work/train.log" >&2; exit 1; }
figure 'train, four epochs' "$(($(now_ms) - started)) ms"
check 'train prints its figures for metric definitions' "$(grep -c '^epoch=.; .*validation_accuracy=[0-9.]*;' "$work/train.log")" '4'
check 'train leaves a version in /opt/ml/model' "$(ls "$ml/model/digits/1" | grep -c manifest.json)" '1'
check 'train leaves no failure' "$(ls "$ml/output")" ''

mkdir -p "$work/none/input/config"
status=0
(contain "$work/none" train) >"$work/none.log" 2>&1 || status=$?
check 'train without data fails' "$([ "$status" != 0 ] && echo failed)" 'failed'
check 'and says why in /opt/ml/output/failure' "$(grep -c 'There is nothing to learn from' "$work/none/output/failure")" '1'
check 'and publishes nothing' "$(ls "$work/none/model" 2>/dev/null)" ''

# --- serve what was trained: packed and unpacked, as SageMaker does ------------------------------------------------
tar -czf "$work/model.tar.gz" -C "$ml/model" .
mkdir -p "$work/endpoint/model"
tar -xzf "$work/model.tar.gz" -C "$work/endpoint/model"
free_port() { node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })'; }

# serve <folder for /opt/ml> [setting...]: starts it, and sets $url and $outer_pid.
serve() {
  local folder=$1 port
  shift
  port=$(free_port)
  settings=(HOME=/root "SAGEMAKER_BIND_TO_PORT=$port" GLIMPSE_DRAIN_DELAY_MS=0 "$@")
  url=http://127.0.0.1:$port
  (contain "$folder" serve) >"$work/server.log" 2>&1 &
  outer_pid=$!
  for _ in $(seq 200); do
    curl --silent --fail --output /dev/null "$url/ping" && break
    sleep 0.1
  done
  server_pid=$(pgrep --parent "$outer_pid" | head -1)
}
stop() {
  local code=0
  kill -TERM "$server_pid"
  wait "$outer_pid" || code=$?
  server_pid=
  check "$1 ends by itself with 0" "$code" '0'
}
status_of() { curl --silent --output "$work/answer" --write-out '%{http_code}' "$@"; }
likeliest() { node -p 'const a = JSON.parse(fs.readFileSync(process.argv[1])).predictions[0]; a.indexOf(Math.max(...a))' "$work/answer"; }

started=$(now_ms)
serve "$work/endpoint"
figure 'serve, from start to /ping' "$(($(now_ms) - started)) ms"
check '/ping answers' "$(status_of "$url/ping")" '200'
check '/invocations answers an image' "$(status_of --data-binary @samples/golden/7.png -H 'content-type: application/x-image' "$url/invocations")" '200'
check 'with the class of the model that was trained' "$(likeliest)" '7'

# --- batch transform: what /execution-parameters tells, then the records of a file -----------------------------------
check '/execution-parameters tells a batch transform how to send' \
  "$(curl --silent "$url/execution-parameters" | node -p 'Object.keys(JSON.parse(fs.readFileSync(0))).sort().join()')" \
  'BatchStrategy,MaxConcurrentTransforms,MaxPayloadInMB'
node -e 'const row = Array(784).fill(0).join(); console.log(Array(20).fill(row).join("\n"))' >"$work/rows.csv"
check 'a batch of records is answered' "$(status_of --data-binary "@$work/rows.csv" -H 'content-type: text/csv' -H 'accept: text/csv' "$url/invocations")" '200'
check 'a line for each record' "$(wc -l <"$work/answer" | tr -d ' ')" '20'
stop 'the endpoint'

# --- an endpoint of several models ---------------------------------------------------------------------------------
mkdir -p "$work/several/models/first" "$work/several/models/second"
cp -r "$work/endpoint/model" "$work/several/models/first/model"
cp -r "$root/models" "$work/several/models/second/model"
serve "$work/several" SAGEMAKER_MULTI_MODEL=true
load() { status_of -d "{\"model_name\": \"$1\", \"url\": \"/opt/ml/models/$1/model\"}" "$url/models"; }
check 'a first model is loaded' "$(load first)" '200'
check 'a second one too' "$(load second)" '200'
check 'and none twice' "$(load first)" '409'
for name in first second; do
  check "$name is invoked" "$(status_of --data-binary @samples/golden/7.png -H 'content-type: image/png' "$url/models/$name/invoke")" '200'
  check "$name answers 7" "$(likeliest)" '7'
done
check 'a model is unloaded' "$(status_of -X DELETE "$url/models/first")" '200'
check 'and is gone' "$(status_of --data-binary @samples/golden/7.png -H 'content-type: image/png' "$url/models/first/invoke")" '404'
stop 'the endpoint of several models'
summary
