#!/usr/bin/env bash
# npm run test:tensorflow:image: builds the target `tensorflow` of the Dockerfile, publishes a SavedModel with the image's own
# command and asks the server in it, as an ordinary user with a read-only root.
#
# Needs root and Debian's buildah and debootstrap, like npm run test:image, and a SavedModel that npm run test:tensorflow leaves
# (or SAVED_MODEL_FOLDER, with what TensorFlow answers in answers.json). Says so loudly where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/image/checks.sh
source scripts/image/build.sh
script=test:tensorflow:image
saved=${SAVED_MODEL_FOLDER:-.glimpse/test-tensorflow/saved-model}
[ -f "$saved/answers.json" ] || skip "there is no SavedModel in $saved: npm run test:tensorflow writes one"
build_image test:tensorflow:image tensorflow

size_of() { du --summarize --apparent-size --block-size=1000000 "$@" 2>/dev/null | awk '{ print $1 " MB" }'; }
figure 'whole image' "$(size_of --one-file-system "$root")"
figure '  of them TensorFlow' "$(size_of "$root/opt/tensorflow")"
check 'runs as an ordinary user' "$(of_image 'c.User')" '1000:1000'
check 'is started as glimpse serve' "$(of_image '[...c.Entrypoint, ...c.Cmd].join(" ")')" 'node dist/cli.js serve'
check 'no compiler is left in it' "$(ls "$root/usr/bin" | grep -c -E '^(g\+\+|gcc|python3)$')" '0'

mapfile -t environment < <(of_image 'c.Env.join("\n")')
mapfile -t entrypoint < <(of_image 'c.Entrypoint.join("\n")')
port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')
key=$(node -p '`glimpse_${"a".repeat(12)}_${crypto.randomBytes(32).toString("base64url")}`')
environment+=("GLIMPSE_ADMIN_KEY=$key" "GLIMPSE_PORT=$port" GLIMPSE_HOST=127.0.0.1 GLIMPSE_DRAIN_DELAY_MS=0 HOME=/home/node)
mkdir -p "$work/data/saved" "$work/models"
cp -a "$root/models/." "$work/models"
cp -r "$saved/." "$work/data/saved"
# The images that TensorFlow answered, as PNG files.
node scripts/image/png-of-levels.mjs "$saved/answers.json" "$work/data"
chown -R 1000:1000 "$work/data" "$work/models"

# contain words...: `docker run --read-only --cap-drop ALL` of the image with them, with the network of this machine.
contain() {
  exec unshare --mount --pid --fork --kill-child \
    scripts/image/enter-read-only.sh "$root" "$work/models" "$work/data" "${environment[@]}" -- "${entrypoint[@]}" "$@"
}

# --- publish ------------------------------------------------------------------------------------------------------
(contain publish /data/saved --model saved --classes a,b,c --label production --golden /data/0.png /data/1.png) \
  >"$work/publish.log" 2>&1 || { tail -20 "$work/publish.log" >&2; exit 1; }
check 'the SavedModel is published by the image' "$(grep -c '^Published saved version 1' "$work/publish.log")" '1'

# --- serve --------------------------------------------------------------------------------------------------------
started=$(now_ms)
(contain serve) >"$work/server.log" 2>&1 &
outer_pid=$!
wait_for_ready "http://127.0.0.1:$port" || { tail -30 "$work/server.log" >&2; exit 1; }
figure 'from start to ready' "$(($(now_ms) - started)) ms"
server_pid=$(pgrep --parent "$outer_pid" | head -1)
url=http://127.0.0.1:$port/models/saved/predict
for place in 0 1 2 3 4 5; do
  status=
  for _ in $(seq 150); do
    status=$(curl --silent --output "$work/answer.json" --write-out '%{http_code}' \
      --header 'content-type: image/png' --data-binary "@$work/data/$place.png" "$url?topK=3")
    [ "$status" = 503 ] || break
    sleep 0.2
  done
  check "image $place is answered" "$status" '200'
  check "and as TensorFlow in Python answers it" "$(node -p '
    const [answer, { answersOfLevels }] = process.argv.slice(1, 3).map((file) => JSON.parse(fs.readFileSync(file)));
    const scores = new Map(answer.predictions[0].top.map(({ label, score }) => [label, score]));
    Math.max(...answersOfLevels[process.argv[3]].map((wanted, at) => Math.abs(scores.get("abc"[at]) - wanted))) < 1e-5
  ' "$work/answer.json" "$saved/answers.json" "$place")" 'true'
done
check_samples "http://127.0.0.1:$port"
cell_pid=$(pgrep --parent "$server_pid" | while read -r pid; do grep -q libtensorflow "/proc/$pid/maps" 2>/dev/null && echo "$pid"; done | head -1)
check 'TensorFlow is in a process of its own' "$([ -n "$cell_pid" ] && ! grep -q libtensorflow "/proc/$server_pid/maps" && echo yes)" 'yes'
figure 'resident memory of that process' "$(awk '/^VmRSS:/ { print int($2 / 1024) " MiB" }' "/proc/$cell_pid/status")"
check "none of TensorFlow's own lines are in the log" "$(grep -c -E '^[0-9-]+ [0-9:.]+: [IWEF] ' "$work/server.log")" '0'
kill -TERM "$server_pid"
exit_code=0
wait "$outer_pid" || exit_code=$?
server_pid=
check 'the server ends by itself with 0' "$exit_code" '0'
summary
