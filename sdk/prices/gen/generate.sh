#!/bin/sh
# Makes data.json.gz and testdata/goldens.json.gz again from the version of genai-prices that requirements.txt pins.
# To take newer prices, raise the version there, run `go generate ./sdk/prices`, and look at what the tests say.
set -eu
gen=$(dirname "$0")
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$gen/requirements.txt"
"$venv/bin/python" -B "$gen/data.py" "$gen/../data.json.gz"
"$venv/bin/python" -B "$gen/goldens.py" "$gen/../testdata/goldens.json.gz"
cp "$venv"/lib/python3*/site-packages/genai_prices-*.dist-info/licenses/LICENSE "$gen/../LICENSE.genai-prices"
