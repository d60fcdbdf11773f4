#!/usr/bin/env bash
# The memory of the release build over many edits, opens and closes, folder changes and checkouts; fails when it grows.
# Needs git and python3.
#
#   benches/soak.sh [EDITS]       default 100000
set -euo pipefail
cd "$(dirname "$0")/.."
. benches/common.sh
exec python3 benches/load.py soak --edits "${1:-100000}" "$program"
