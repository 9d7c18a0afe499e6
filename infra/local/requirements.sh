#!/usr/bin/env bash
# Prints requirements.txt, what Azure's remote build installs: the locked dependencies of the app, not those of the command or for development.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
echo "# Made by 'make generate' from uv.lock; a test keeps it in step."
"${XDG_CACHE_HOME:-$HOME/.cache}/relaykeeper/uv/bin/uv" export --frozen --only-group app --no-annotate --no-header --no-emit-project
