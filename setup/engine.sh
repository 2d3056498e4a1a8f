#!/bin/sh
# The Pulumi engine, built once from the modules that stacks/engine pins, in the cache by the hash of what it is made from.
# Go >= 1.25 builds it; Debian 12's golang is older. Where there is no such Go, the official pulumi on PATH serves, and
# with neither all but stacks works: so a missing Go is said here and is no failure. `--print` says where it is or would be.
set -eu
cd "$(dirname "$0")/.."

cache=${GOVNET_CACHE:-/var/cache/govnet}
key=$({ uname -m; cat stacks/engine/go.mod stacks/engine/go.sum setup/engine.sh; } | sha256sum | cut -c1-16)
engine=$cache/engine-$key
version=$(awk '$1 == "github.com/pulumi/pulumi/pkg/v3" { print $2 }' stacks/engine/go.mod)

if [ "${1:-}" = --print ]; then
    echo "$engine"
    exit 0
fi
[ ! -x "$engine/pulumi" ] || exit 0
mkdir -p "$cache"
exec 9>"$cache/engine.lock"
flock 9
[ ! -x "$engine/pulumi" ] || exit 0

if ! (cd stacks/engine && go list -m) >/dev/null 2>&1; then
    echo "set-up: no stacks: install Go $(awk '$1 == "go" { print $2 }' stacks/engine/go.mod) or later and run make setup" \
        "again, or install the official pulumi ${version#v} or later; everything else works"
    exit 0
fi
rm -rf "$cache"/engine-build-*
work=$(mktemp -d "$cache/engine-build-XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
chmod 755 "$work"

echo "set-up: engine: pulumi $version into $engine"
# go says one line for each module that it fetches and one for each package that it compiles
(
    cd stacks/engine
    CGO_ENABLED=0 nice go build -v -trimpath -buildvcs=false -o "$work/pulumi" \
        -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
        github.com/pulumi/pulumi/pkg/v3/cmd/pulumi 2>&1 || true
) | tee "$cache/engine.log" |
    awk '++n % 300 == 0 { print "set-up: engine: " n " modules and packages"; fflush() }'
if [ ! -x "$work/pulumi" ]; then
    tail -n 20 "$cache/engine.log" >&2
    exit 1
fi
sync "$work/pulumi"
mv "$work" "$engine"
