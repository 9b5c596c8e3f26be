# Sourced by the scripts that try an image: how a check, a figure and the waiting are written down.
passed=0
failed=0

check() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    echo "ok    $1"
  else
    failed=$((failed + 1))
    echo "FAIL  $1: expected '$3', got '$2'"
  fi
}

figure() { echo "      $1: $2"; }

summary() {
  echo "$script: $passed passed, $failed failed"
  [ "$failed" = 0 ]
}

now_ms() { date +%s%3N; }

wait_for_ready() {
  for _ in $(seq 300); do
    curl --silent --fail --output /dev/null "$1/readyz" && return 0
    sleep 0.1
  done
  echo "not ready after 30 s" >&2
  return 1
}

# The samples are named after what they show: 7.png, or 7-anything.png.
samples() { find samples/golden samples -maxdepth 1 -name '[0-9]*.png' 2>/dev/null | sort; }
first_sample() { samples | head -1; }

# Asks for every sample: check_samples <address> [path]
check_samples() {
  local sample label
  for sample in $(samples | head -10); do
    label=$(basename "$sample" | cut -c1)
    check "${2:-/predict} answers $label for $sample" "$(
      curl --silent --header 'content-type: image/png' --data-binary "@$sample" "$1${2:-/predict}" |
        node -p 'JSON.parse(fs.readFileSync(0)).predictions?.[0].label'
    )" "$label"
  done
}

# Trains a little on the digits in the image, with the key in $GLIMPSE_TEST_KEY; prints the state it ends in and the version it made.
train_briefly() {
  local id job=''
  id=$(curl --silent --header "x-api-key: $GLIMPSE_TEST_KEY" --header 'content-type: application/json' --data '{"epochs": 3}' "$1/train" |
    node -p 'JSON.parse(fs.readFileSync(0)).id')
  for _ in $(seq 300); do
    job=$(curl --silent --header "x-api-key: $GLIMPSE_TEST_KEY" "$1/train/$id" | node -p 'const j = JSON.parse(fs.readFileSync(0)); `${j.state} ${j.version ?? j.error?.message}`')
    case $job in
      queued* | running*) sleep 0.2 ;;
      *) break ;;
    esac
  done
  echo "$job"
}
