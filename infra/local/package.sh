#!/usr/bin/env bash
# Makes the zip that is deployed without a remote build: the app, its inventory, its dependencies, and bytecode for all.
# The bytecode is taken as it is, whatever times the files have after unpacking (PEP 552, unchecked).
# Its release is the one of shared/version.py and the commit, as 0.1.0+4f0c1d2e3a4b; `.dirty` follows if tracked files
# differ from that commit. The same commit, inventory and Python make the same bytes.
# Beside the zip, as NAME.cdx.json: what it holds of other people's, in CycloneDX.
# Usage: package.sh ZIP [INVENTORY]
set -euo pipefail
zip=$(realpath -m "$1")
inventory=${2:+$(realpath -m "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=$PWD/.venv/bin/python

folder=$(mktemp -d)
trap 'rm -rf "$folder" "$folder.list" "$folder.python"' EXIT
"$python" -m infra.local.packaging "${inventory:-inventory.example.yaml}" > "$folder.list"
tar --create --null --files-from="$folder.list" | tar --extract --directory="$folder"
changed=$(git status --porcelain --untracked-files=no)
commit=$(git rev-parse --short=12 HEAD)${changed:+.dirty}
sed -i -E "s/^(RELEASE = \"[^\"]+)\"$/\1+$commit\"/" "$folder/shared/version.py"
packages=$folder/.python_packages/lib/site-packages
"${XDG_CACHE_HOME:-$HOME/.cache}/relaykeeper/uv/bin/uv" pip install --quiet --no-config --python "$python" \
    --python-platform x86_64-manylinux_2_28 --only-binary :all: --require-hashes --requirements requirements.txt \
    --target "$packages"
# What is installed and never imported: tests of libraries (with keys), the asynchronous half of the Kubernetes client,
# and pyOpenSSL, which only those modules of acme use that we do not (requirements.txt has it because pip insists).
find "$packages" -type d -name tests -prune -exec rm -rf {} +
rm -rf "$packages/kubernetes/aio" "$packages/OpenSSL" "$packages"/pyopenssl-*.dist-info "$packages/bin"
# One process, and no path of this machine in it: the same commit makes the same bytes.
PYTHONHASHSEED=0 "$python" -m compileall -qq --workers 1 -s "$folder" -p / --invalidation-mode unchecked-hash "$folder"
mkdir -p "$(dirname "$zip")"
"$python" -m infra.local.zipping "$folder" "$zip"

printf '#!/bin/sh\nPYTHONPATH=%s exec %s -S "$@"\n' "$packages" "$python" > "$folder.python"
chmod +x "$folder.python"
.venv/bin/cyclonedx-py environment -S --pyproject pyproject.toml --output-reproducible \
    --output-file "${zip%.zip}.cdx.json" "$folder.python"
