#!/bin/sh
# The story of a model in calls of HTTP: README.md says how to run it.
set -eu
url=${GLIMPSE_URL:-http://localhost:8080}
json='content-type: application/json'
samples=$(dirname "$0")/../../samples

# Prints a call, makes it, prints the answer. An answer that is a refusal ends the script.
call() {
  echo "# curl $*" >&2
  curl --no-progress-meter --fail-with-body -H "x-api-key: ${GLIMPSE_KEY:-}" "$@"
  echo
}

# The first value of a field in an answer: jq -r .field does it better where there is jq.
field() {
  sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

# Trains a version and prints its number; the events of the training come as they happen, and end with it.
train() {
  job=$(call "$url/train" -H "$json" -d "$1" | sed -n 's/^{"id":"\([^"]*\)".*/\1/p')
  call -N "$url/train/$job/events" | grep '^event:' | sort | uniq -c >&2
  call "$url/train/$job" | sed -n 's/.*"version":\([0-9]*\).*/\1/p'
}

echo '== one picture, then three in one call'
call -F image=@"$samples/golden/7.png" "$url/predict"
call -F image=@"$samples/photos/0-corner.png" -F image=@"$samples/photos/4-chalk.png" \
  -F image=@"$samples/photos/7-photo.jpg" "$url/predict"

echo '== two versions of a model of its own: the first one answers, the second one only when somebody says so'
request='"model": "numbers", "dataset": {"uri": "sample:train"}, "publish": {"promote": "never"}'
first=$(train "{$request, \"epochs\": 2}")
second=$(train "{$request, \"epochs\": 6}")
echo "versions $first and $second"

echo '== the second one answers from now on'
call -X PUT "$url/models/numbers/labels/production" -H "$json" -d "{\"version\": $second}"
answering=$(call -F image=@"$samples/golden/7.png" "$url/models/numbers/predict" | field version)
echo "version $answering answers"

echo '== and now the first one again'
call -X POST "$url/models/numbers/rollback?reason=an+example"
call "$url/models/numbers/history?limit=3"
