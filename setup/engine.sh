#!/bin/sh
# The Pulumi engine, built once from the modules that stacks/engine pins, in the cache by the hash of what it is made from.
# An official pulumi on PATH that is as new serves, and nothing is built. Go >= 1.25 is needed (Debian 12's is older): where
# it is missing, or the modules cannot be had, that is said and is no failure, because all but stacks works without.
# `--print` says where the engine is or would be.
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
official=$(PULUMI_SKIP_UPDATE_CHECK=true pulumi version 2>/dev/null || true)
case "$official" in
    v3.*) [ "$(printf '%s\n%s\n' "$version" "$official" | sort -V | head -n 1)" != "$version" ] || exit 0 ;;
esac
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
trap 'rm -rf "$work"' EXIT
trap "exit 1" INT TERM
mkdir "$work/engine"

echo "set-up: engine: pulumi $version into $engine"
# go says one line for each module that it fetches and one for each package that it compiles. What is compiled on the way
# is 1.6 GB and of no use later; modules stay where Go keeps them.
(
    cd stacks/engine
    CGO_ENABLED=0 GOCACHE="$work/compiled" nice go build -v -trimpath -buildvcs=false -o "$work/engine/pulumi" \
        -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
        github.com/pulumi/pulumi/pkg/v3/cmd/pulumi 2>&1 || true
) | tee "$cache/engine.log" |
    awk '++n % 300 == 0 { print "set-up: engine: " n " modules and packages"; fflush() }'
if [ ! -x "$work/engine/pulumi" ]; then
    tail -n 5 "$cache/engine.log"
    echo "set-up: no stacks: the engine could not be built ($cache/engine.log); run make setup again; everything else works"
    exit 0
fi
sync "$work/engine/pulumi"
mv "$work/engine" "$engine"
