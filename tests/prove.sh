#!/bin/sh
# The long form of every proof; then proof that nothing of a twin is left.
set -eu
cd "$(dirname "$0")/.."

standing=$(.venv/bin/python -m lab.sweep)
status=0
.venv/bin/python -m tools.prove || status=$?
.venv/bin/python -m lab.leaks $standing
exit $status
