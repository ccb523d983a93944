#!/bin/bash
# check.sh PROGRAM [DIRECTORY]: builds the wheel, into DIRECTORY if one is given, and tries it on engines of that program, first without pandas and then with it.
# Everything else happens in a scratch directory, which goes.
set -euo pipefail

program=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

python3 -m venv "$scratch/environment"
python="$scratch/environment/bin/python"
pip() { "$python" -m pip --quiet --disable-pip-version-check "$@"; }

# A build leaves its traces beside the sources: a copy of them.
cp -r "$here" "$scratch/sources"
pip wheel --no-deps --wheel-dir "$scratch/wheel" "$scratch/sources"
pip install --no-index "$scratch"/wheel/flyball-*.whl

cp -r "$here/tests" "$scratch/tests"
cd "$scratch/tests"
tests() { FLYBALL=$program FLYBALL_PYTHON_DOCS=$here/../../docs/python.md "$python" -B -W error::ResourceWarning -m unittest discover; }
echo "== without pandas"
tests
pip install pandas==2.3.3
echo "== with pandas"
tests

if [ $# -gt 1 ]; then
  mkdir -p "$2"
  cp "$scratch"/wheel/flyball-*.whl "$2/"
  echo "wheel: $(ls "$2"/flyball-*.whl)"
fi
