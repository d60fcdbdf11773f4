#!/usr/bin/env bash
# Measures the release build beside what bounds it: a server that does nothing, and the plain reading of the files.
# Everything is interleaved in one run, so read the ratios; the milliseconds are this machine's. Needs python3 and gcc.
#
#   benches/run.sh [INCREMENTS]      default 10000. With SPECWEAVE_PEER=DIR (node_modules) the peer's scan is timed too;
#                                    with TYPOS_LSP=PROGRAM (`cargo install --locked typos-lsp`) typos-lsp is measured as well
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-10000}
bench=$PWD/target/bench
mkdir -p "$bench"
. benches/common.sh
gcc -O2 -o "$bench/floor" benches/floor.c -lpthread
gcc -O2 -o "$bench/nulllsp" benches/nulllsp.c
workspace=$(workspace "$count")
increment=$(first_increment "$workspace")
status=$(status_of "$increment")
ours() { # NAME COMMAND… REPLACE SIZE: on our own file
  local size=${*: -1} replace=${*: -2:1}
  server "${@:1:$#-2}" "$increment/spec.md" "$workspace/.specweave/increments/*/spec.md" markdown "status: $status" "status: $replace" \
    "$workspace" "$size"
}
{
  ours "do-nothing server" "$bench/nulllsp" ERR "$bench/nulllsp"
  ours specweave-lsp "$program" --stdio ERR "$program"
  [ -z "${TYPOS_LSP:-}" ] || ours typos-lsp "$TYPOS_LSP" recieve "$TYPOS_LSP"
} | servers >"$bench/servers.json"
printf '\n### Process start to `initialize` answered, ms\n\n'
python3 benches/bench.py startup --config "$bench/servers.json" -n 30
printf '\n### Keystroke to diagnostics in a project of %s increments, ms\n\n' "$count"
python3 benches/bench.py latency --config "$bench/servers.json" -n 300
printf '\n### Requests in a project of %s increments, an edit before each, ms\n\n' "$count"
python3 benches/requests.py "$program" "$workspace" "$increment/spec.md"
printf '\n### Memory in a project of %s increments, KiB\n\n' "$count"
python3 benches/bench.py rss --config "$bench/servers.json" --docs 50
printf '\n### All findings of %s increments, ms\n\n' "$count"
commands=(--cmd "reading floor, 1 thread=$bench/floor $workspace 1" --cmd "reading floor, 2 threads=$bench/floor $workspace 2"
  --cmd "the same, both started anew (see floor.c)=$bench/floor $workspace 2 1 0 1"
  --cmd "specweave-lsp check=$program check --project $workspace --format json --exit-zero")
if [ -n "${SPECWEAVE_PEER:-}" ]; then
  cat >"$bench/peer.mjs" <<JS
import { DesyncDetector } from '$SPECWEAVE_PEER/specweave/dist/src/core/increment/desync-detector.js';
const quiet = { log() {}, info() {}, warn() {}, error() {}, debug() {} };
await new DesyncDetector({ projectRoot: process.argv[2], logger: quiet }).scanAll();
JS
  commands+=(--cmd "SpecWeave's own scan=node $bench/peer.mjs $workspace")
fi
python3 benches/bench.py wall -n 10 "${commands[@]}"
printf '\n### The first reading of 1,000 increments, their pages not in memory, ms\n\n'
cold=$(workspace 1000)
python3 benches/bench.py wall -n 15 --cold "$cold/.specweave" --cmd "reading floor, 2 threads=$bench/floor $cold 2" \
  --cmd "specweave-lsp check=$program check --project $cold --format json --exit-zero"
printf '\n### Size of the binary\n\n'
python3 benches/bench.py size --config "$bench/servers.json"
