#!/bin/sh
# The benchmark's own environment: what we run on and, beside it, FastStream. Instant when all is there.
set -eu
cd "$(dirname "$0")/.."
lock="$(sha256sum requirements-bench.lock | cut -d' ' -f1)"
if [ "$(cat .venv-bench/lock.sha256 2>/dev/null)" != "$lock" ]; then
    echo "Installing Python packages into .venv-bench"
    .venv/bin/python -m venv --clear .venv-bench
    .venv-bench/bin/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r requirements-bench.lock
    echo "$lock" >.venv-bench/lock.sha256
fi
