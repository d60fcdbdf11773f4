#!/usr/bin/env bash
# Counts the instructions of the hot paths and compares them with benches/counts.txt. Needs valgrind.
#
#   benches/counts.sh             fails with a table when one is out of bounds
#   benches/counts.sh --accept    writes the new figures down
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo bench --locked --quiet --profile counts --bench counts -- "$@"
