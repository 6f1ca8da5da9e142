#!/usr/bin/env bash
# Builds what the pages install, into web/dist/:
#   tfpy-<version>-py3-none-any.whl       plain Python, for every interpreter
#   tfpy-<version>-cp314-none-any.whl.zst  byte code for the page's Python (imports faster)
#   manifest.json                         names, hashes and sizes, read by web/loader.js
# Works without network once `make wheel` has set the tools up. The same sources give the same bytes.
set -euo pipefail
cd "$(dirname "$0")"

python=${PYTHON:-.venv/bin/python}
"$python" -c 'import hatchling' 2>/dev/null && [ -d web/node_modules/pyodide ] || {
  echo "build_wheel.sh: hatchling or Pyodide is missing; run 'make wheel', which sets them up" >&2
  exit 1
}

# Built aside and moved in one step, so that a page being served never meets half a wheel.
mkdir -p web/dist
out=$(mktemp -d web/dist/.build.XXXXXX)
trap 'rm -rf "$out"' EXIT

export SOURCE_DATE_EPOCH=1580601600 # any fixed time: file dates must not change the hash
"$python" -m hatchling build --target wheel --directory "$out" >/dev/null
# Byte code depends on the exact interpreter, so the page's own makes it: Pyodide, in Node.
node web/build/compile_wheel.mjs "$out"/tfpy-*-py3-none-any.whl "$out"
"$python" web/build/write_manifest.py "$out"

rm -f web/dist/tfpy-*.whl*
mv -f "$out"/tfpy-*.whl* "$out"/manifest.json web/dist/
