#!/bin/sh
# Everything that must hold, in the order in which it is quick to know: style, types, arrows, tests, nothing left behind.
# Takes the marker expression that chooses the tests' size.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/ruff check .
.venv/bin/ruff format --check -q .
.venv/bin/mypy
.venv/bin/lint-imports
standing=$(.venv/bin/python -m lab.sweep) # what a killed run left is taken down; a lab that is up on purpose stays
status=0
.venv/bin/pytest -m "$1" --durations=15 || status=$?
.venv/bin/python -m lab.leaks $standing
exit $status
