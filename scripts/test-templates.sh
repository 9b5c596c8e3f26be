#!/usr/bin/env bash
# The CDK of deploy/cdk: its tests, and what cfn-lint and checkov say of its templates. Needs the npm registry and, for
# the last two, python3 and PyPI; says loudly what is missing. GLIMPSE_TEMPLATES_REQUIRED=1 makes that a failure.
set -uo pipefail
cd "$(dirname "$0")/../deploy/cdk"

missing() {
  echo "==================================================================" >&2
  echo "NOT RUN: $1" >&2
  echo "==================================================================" >&2
  [ "${GLIMPSE_TEMPLATES_REQUIRED:-0}" != 1 ]
  exit
}

failed=0
check() {
  local name=$1
  shift
  if "$@"; then echo "--- $name: nothing to say"; else
    echo "--- $name: FAILED"
    failed=1
  fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

npm ci --silent --no-audit --no-fund >"$scratch/log" 2>&1 ||
  missing "the tests of deploy/cdk, because its packages could not be installed from npm: $(tail -1 "$scratch/log")"
check 'types' npm run --silent typecheck
check 'rules' ../../node_modules/.bin/oxlint --type-aware --deny-warnings -c oxlint.json src test
check 'tests' npm test --silent

command -v python3 >/dev/null || missing "cfn-lint and checkov on the templates, because there is no python3 here."
python3 -m venv "$scratch/venv" >"$scratch/log" 2>&1 ||
  missing "cfn-lint and checkov on the templates, because python3 cannot make a virtual environment: $(tail -1 "$scratch/log")"
linters=(cfn-lint==1.51.0)
[ "${1:-}" = --without-checkov ] || linters+=(checkov==3.3.30)
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "${linters[@]}" >"$scratch/log" 2>&1 ||
  missing "${linters[*]} on the templates, because PyPI has them not: $(tail -1 "$scratch/log")"

templates=(templates/*.template.json)
# W3005: the CDK writes down that one resource waits for another also where it refers to it anyway.
check 'cfn-lint' "$scratch/venv/bin/cfn-lint" --ignore-checks W3005 -- "${templates[@]}"
if [ "${1:-}" != --without-checkov ]; then
  # What is left as it is stands with its reason in the template, as metadata of the resource.
  check 'checkov' "$scratch/venv/bin/checkov" --framework cloudformation --compact --quiet --skip-download \
    $(printf -- '-f %s ' "${templates[@]}")
fi
exit $failed
