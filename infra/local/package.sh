#!/usr/bin/env bash
# Makes the zip that is deployed without a remote build: the app, its dependencies, and bytecode for all of it.
# The bytecode is taken as it is, whatever times the files have after unpacking (PEP 552, unchecked).
# Usage: package.sh ZIP
set -euo pipefail
zip=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=$PWD/.venv/bin/python

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tar --create --exclude-from=.funcignore --exclude=__pycache__ . | tar --extract --directory="$folder"
"${XDG_CACHE_HOME:-$HOME/.cache}/relaykeeper/uv/bin/uv" pip install --quiet --no-config --python "$python" \
    --python-platform x86_64-manylinux_2_28 --only-binary :all: --require-hashes --requirements requirements.txt \
    --target "$folder/.python_packages/lib/site-packages"
"$python" -m compileall -qq --workers 0 --invalidation-mode unchecked-hash "$folder"
mkdir -p "$(dirname "$zip")"
"$python" -c 'import shutil, sys; shutil.make_archive(sys.argv[1].removesuffix(".zip"), "zip", sys.argv[2])' "$zip" "$folder"
