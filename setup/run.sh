#!/bin/sh
# All of the set-up. Nothing is done twice: each part is cached by the hash of its inputs. The machine image and the
# libraries and the stacks' engine are made side by side.
set -eu
cd "$(dirname "$0")/.."

setup/host.sh
/usr/bin/python3 -m lab.image build &
image=$!
setup/engine.sh &
engine=$!
trap 'kill $image $engine 2>/dev/null || true' EXIT INT TERM
setup/environment.sh
wait $image
wait $engine
trap - EXIT
