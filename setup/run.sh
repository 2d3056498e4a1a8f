#!/bin/sh
# All of the set-up. Nothing is done twice: each part is cached by the hash of its inputs. The machine image and the
# libraries are made side by side.
set -eu
cd "$(dirname "$0")/.."

setup/host.sh
/usr/bin/python3 -m lab.image build &
image=$!
trap 'kill $image 2>/dev/null || true' EXIT INT TERM
setup/environment.sh
trap - EXIT
wait $image
