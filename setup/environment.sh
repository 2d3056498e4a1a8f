#!/bin/sh
# The libraries of requirements.txt, once per content of that file, in the cache; and .venv, this checkout's thin
# environment on top of them. A library environment without its `complete` file was interrupted, and is made anew.
set -eu
cd "$(dirname "$0")/.."

cache=${GOVNET_CACHE:-/var/cache/govnet}
python=/usr/bin/python3
key=$({ "$python" --version; cat requirements.txt; } | sha256sum | cut -c1-16)
libraries=$cache/libraries-$key

mkdir -p "$cache"
exec 9>"$cache/libraries.lock"
flock 9
if [ ! -e "$libraries/complete" ]; then
    echo "set-up: Python libraries into $libraries"
    rm -rf "$libraries"
    "$python" -m venv "$libraries"
    # pip's own progress would be hundreds of lines: one for each twenty libraries
    { "$libraries/bin/pip" --disable-pip-version-check --no-input install --progress-bar off --no-compile \
        --require-hashes -r requirements.txt 2>&1 || touch "$libraries/failed"; } | tee "$libraries/log" |
        awk '/^Collecting/ && ++n % 20 == 0 { print "set-up: " n " libraries fetched"; fflush() }'
    [ ! -e "$libraries/failed" ] || { tail -n 20 "$libraries/log" >&2; exit 1; }
    "$libraries/bin/python" -m compileall -q -j 0 "$libraries/lib" >/dev/null || true
    touch "$libraries/complete"
fi
flock -u 9

site=$(echo "$libraries"/lib/python3*/site-packages)
made_from="$libraries for $PWD with $(sha256sum <pyproject.toml)"
[ "$(cat .venv/made-from 2>/dev/null || true)" = "$made_from" ] && exit 0
rm -rf .venv
"$python" -m venv --without-pip .venv
echo "$site" >"$(echo .venv/lib/python3*/site-packages)/libraries.pth"
for script in "$libraries"/bin/*; do
    name=$(basename "$script")
    [ -e ".venv/bin/$name" ] && continue
    if [ "$(head -c 2 "$script")" = "#!" ]; then
        { echo "#!$PWD/.venv/bin/python"; tail -n +2 "$script"; } >".venv/bin/$name"
        chmod 755 ".venv/bin/$name"
    else
        ln -s "$script" ".venv/bin/$name"
    fi
done
rm -f .venv/bin/activate* .venv/bin/Activate*
.venv/bin/python -m pip --disable-pip-version-check -q install --no-deps --no-build-isolation -e .
echo "$made_from" >.venv/made-from
