#!/usr/bin/env bash
# Makes the zip that is deployed without a remote build: the app, its inventory, its dependencies, and bytecode for all.
# The bytecode is taken as it is, whatever times the files have after unpacking (PEP 552, unchecked).
# Usage: package.sh ZIP [INVENTORY]
set -euo pipefail
zip=$(realpath -m "$1")
inventory=${2:+$(realpath -m "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=$PWD/.venv/bin/python

folder=$(mktemp -d)
trap 'rm -rf "$folder" "$folder.list"' EXIT
"$python" -m infra.local.packaging "${inventory:-inventory.example.yaml}" > "$folder.list"
tar --create --null --files-from="$folder.list" | tar --extract --directory="$folder"
packages=$folder/.python_packages/lib/site-packages
"${XDG_CACHE_HOME:-$HOME/.cache}/relaykeeper/uv/bin/uv" pip install --quiet --no-config --python "$python" \
    --python-platform x86_64-manylinux_2_28 --only-binary :all: --require-hashes --requirements requirements.txt \
    --target "$packages"
# What is installed and never imported: tests of libraries (with keys), the asynchronous half of the Kubernetes client,
# and pyOpenSSL, which only those modules of acme use that we do not (requirements.txt has it because pip insists).
find "$packages" -type d -name tests -prune -exec rm -rf {} +
rm -rf "$packages/kubernetes/aio" "$packages/OpenSSL" "$packages"/pyopenssl-*.dist-info "$packages/bin"
"$python" -m compileall -qq --workers 0 --invalidation-mode unchecked-hash "$folder"
mkdir -p "$(dirname "$zip")"
"$python" -c 'import shutil, sys; shutil.make_archive(sys.argv[1].removesuffix(".zip"), "zip", sys.argv[2])' "$zip" "$folder"
