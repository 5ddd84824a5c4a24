#!/bin/sh
# The benchmark's own environment: what we run on and, beside it, FastStream. Instant when all is there.
set -eu
cd "$(dirname "$0")/.."
lock="$(cat requirements-bench.lock pyproject.toml */pyproject.toml | sha256sum | cut -d' ' -f1)"
if [ "$(cat .venv-bench/lock.sha256 2>/dev/null)" != "$lock" ]; then
    echo "Installing Python packages into .venv-bench"
    .venv/bin/python -m venv --clear .venv-bench
    pip=".venv-bench/bin/python -m pip --disable-pip-version-check install --no-deps"
    $pip --require-hashes -r requirements-bench.lock
    $pip --no-index --no-build-isolation -e contracts -e chassis -e .
    echo "$lock" >.venv-bench/lock.sha256
fi
