#!/usr/bin/env bash
# The memory of the release build over many edits, opens and closes; fails when it grows. Needs python3.
#
#   benches/soak.sh [EDITS]       default 100000
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet
exec python3 benches/load.py soak --edits "${1:-100000}" target/release/specweave-lsp
