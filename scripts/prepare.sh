#!/bin/sh
# Makes .venv what uv.lock says. Called by make: `scripts/prepare.sh run|dev|bench`.
# Needs Python 3.11 or newer; everything else is fetched into folders of this repository.
set -eu
cd "$(dirname "$0")/.."

UV_PIN=0.13.9       # what .venv-tools gets; the Dockerfile names the same one
UV_OLDEST=0.13      # an older uv may not read this lock file

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Started, not only looked up: a version manager leaves names on PATH that run nothing.
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# The one that .venv has comes first: with another, uv would build .venv anew.
find_python() {
    for name in ${PYTHON:-} .venv/bin/python python3.13 python3.12 python3.11 python3; do
        if new_enough "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    die "no Python 3.11 or newer was found: install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3"
}

uv_is_usable() {
    "$1" --version 2>/dev/null | "$python" -c '
import re, sys
number = lambda text: [int(part) for part in re.findall(r"\d+", text)[:2]]
sys.exit(number(sys.stdin.read()) < number(sys.argv[1]))' "$UV_OLDEST"
}

# The system Python stays as it is: Debian marks its own as externally managed.
find_uv() {
    for name in uv .venv-tools/bin/uv; do
        if uv_is_usable "$name"; then
            echo "$name"
            return
        fi
    done
    say "No uv $UV_OLDEST or newer on PATH: installing $UV_PIN into .venv-tools"
    "$python" -m venv --clear .venv-tools >/dev/null 2>&1 || {
        rm -rf .venv-tools
        die "$python cannot make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3-venv)"
    }
    .venv-tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_PIN" >&2 ||
        die "uv could not be installed with pip: look at the lines above, or install uv yourself"
    echo .venv-tools/bin/uv
}

# No Python from the network, and no other virtual environment that happens to be activated.
unset VIRTUAL_ENV UV_PYTHON UV_NO_SYNC UV_FROZEN UV_NO_DEV
export UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=.venv

python=$(find_python)
uv=$(find_uv)
case "${1:-}" in
    # --inexact: running the program does not take a developer's tools away.
    run) "$uv" sync --locked --python "$python" --no-dev --inexact ;;
    dev) "$uv" sync --locked --python "$python" ;;
    bench) "$uv" sync --locked --python "$python" --group bench ;;
    *) die "usage: scripts/prepare.sh run|dev|bench" ;;
esac
