#!/bin/sh
# Installs what `make run` and `make test` need: Debian packages, and .venv from the hashed lock with this checkout in it,
# whose entry points are the list of services. Instant when all is there.
set -eu
cd "$(dirname "$0")/../.."

fail() { echo "$1" >&2; exit 1; }
installed() { for package; do dpkg -s "$package" 2>/dev/null | grep -q '^Status: .* installed$' || return 1; done; }

platform="$(. /etc/os-release; echo "${ID:-}${VERSION_ID:-}") $(uname -m)"
[ "$platform" = "debian12 x86_64" ] || fail "Local runs work on Debian 12 x86-64 only; this is $platform."

packages="rabbitmq-server libcurl4 libfaketime python3-venv"
if ! installed $packages; then
    [ "$(id -u)" = 0 ] || fail "Debian packages must be installed ($packages), and only root can: run 'make install' as root once."
    echo "Installing $packages"
    if ! installed rabbitmq-server; then  # Debian's own broker must not start, now or at the next boot
        mkdir -p /etc/systemd/system
        ln -sf /dev/null /etc/systemd/system/rabbitmq-server.service
    fi
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends $packages
fi

lock="$(cat requirements-dev.lock pyproject.toml */pyproject.toml | sha256sum | cut -d' ' -f1)"
if [ "$(cat .venv/lock.sha256 2>/dev/null)" != "$lock" ]; then
    echo "Installing Python packages into .venv"
    python="$(command -v /usr/bin/python3.11 || command -v python3.11)" || fail "Python 3.11 is missing: run 'make install' as root once."
    .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
    pip=".venv/bin/python -m pip --disable-pip-version-check install --no-deps"
    $pip --require-hashes -r requirements-dev.lock
    $pip --no-index --no-build-isolation -e contracts -e chassis -e .
    echo "$lock" >.venv/lock.sha256
fi
