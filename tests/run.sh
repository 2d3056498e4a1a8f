#!/bin/sh
# Everything that must hold: style, types, arrows, tests, nothing left behind. What needs machines mostly waits, for boots
# and timers: so the other tests run beside it, and are shown after it. Takes what narrows the choice of tests, such as
# `and not prove`.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/ruff check .
.venv/bin/ruff format --check -q .
.venv/bin/mypy
.venv/bin/lint-imports
standing=$(.venv/bin/python -m lab.sweep) # what a killed run left is taken down; a lab that is up on purpose stays
said=$(mktemp)
.venv/bin/pytest -m "not twin $1" --durations=10 >"$said" 2>&1 &
beside=$!
trap 'kill $beside 2>/dev/null || true; rm -f "$said"' EXIT
trap 'exit 1' INT TERM
status=0
.venv/bin/pytest -m "twin $1" --durations=15 || status=$?
wait $beside || status=$?
cat "$said"
.venv/bin/python -m lab.leaks $standing
exit $status
