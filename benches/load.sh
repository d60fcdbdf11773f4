#!/usr/bin/env bash
# The release build under load: 50 documents edited 100 times a second, 20 requests under way, git checking out to and fro.
# Fails when a request is not answered, or when what was told in the end is not what `check` says. Needs python3 and git.
#
#   benches/load.sh [SECONDS]     default 600
set -euo pipefail
cd "$(dirname "$0")/.."
. benches/common.sh
exec python3 benches/load.py load --seconds "${1:-600}" "$program"
