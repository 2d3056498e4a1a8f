#!/bin/sh
# The Debian packages of the host that are missing, from setup/packages.txt. Needs root only where one is missing.
set -eu
cd "$(dirname "$0")/.."

wanted=$(awk '!/^#/ && ($2 == "host" || $2 == "both") { print $1 }' setup/packages.txt | sort -u)
missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "set-up: Debian packages:$missing"
if ! { apt-get -q update && apt-get -q -y install --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

# A server that only a test starts for itself is not to run as a service of this host because of us.
for pair in snmpd:snmpd openssh-server:ssh; do
    case "$missing " in
        *" ${pair%:*} "*) systemctl disable --now "${pair#*:}.service" >/dev/null 2>&1 || true ;;
    esac
done
