#!/bin/sh
# Install a hashed lock file and our own distributions (editable) into .venv: install.sh LOCK FOLDER...
set -eu
lock=$1
shift
echo "Installing $(grep -c '==' "$lock") pinned packages (once; about a minute) ..." >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$lock"
own=""
for folder in "$@"; do own="$own -e ./$folder"; done
# shellcheck disable=SC2086
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $own
