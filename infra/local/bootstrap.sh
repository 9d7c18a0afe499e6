#!/usr/bin/env bash
# Makes .venv: Python 3.13 with the dependencies of uv.lock. Nothing happens when it is there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

wanted=$(<.python-version)
uv_version=0.13.9
cache=${XDG_CACHE_HOME:-$HOME/.cache}/relaykeeper

python=
for candidate in "python$wanted" python3 "${PYENV_ROOT:-$HOME/.pyenv}/versions/$wanted".*/bin/python; do
    python=$("$candidate" -c '
import sys
if sys.version.startswith(sys.argv[1] + "."):
    print(sys.executable)
' "$wanted" 2>/dev/null) || true
    [ -z "$python" ] || break
done
if [ -z "$python" ]; then
    echo "Relaykeeper needs Python $wanted, which is not on this machine. Get it with one of" >&2
    echo "    pyenv install $wanted                        # https://github.com/pyenv/pyenv" >&2
    echo "    apt-get install python$wanted python$wanted-venv   # where the distribution has it" >&2
    echo "and run this again." >&2
    exit 1
fi

mkdir -p "$cache"
exec 9>"$cache/uv.lock"
flock 9
case $("$cache/uv/bin/uv" --version 2>/dev/null) in
"uv $uv_version" | "uv $uv_version "*) ;;
*)
    echo "installing uv $uv_version into $cache/uv"
    "$python" -m venv --clear "$cache/uv"
    "$cache/uv/bin/pip" install --quiet --disable-pip-version-check "uv==$uv_version"
    ;;
esac
exec 9>&-

unset VIRTUAL_ENV
UV_PYTHON=$python UV_PYTHON_DOWNLOADS=never "$cache/uv/bin/uv" sync --locked --compile-bytecode
