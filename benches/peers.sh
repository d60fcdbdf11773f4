#!/usr/bin/env bash
# The release build beside other language servers, each on a file of its own kind, and beside SpecWeave's own commands: all
# interleaved, so read the ratios. Installs what it measures into target/bench/peers. Needs node, npm and python3.
#
#   benches/peers.sh      measures typos-lsp too with TYPOS_LSP=PROGRAM (`cargo install --locked typos-lsp`), and taplo with
#                         TAPLO=PROGRAM (`cargo install --locked taplo-cli --features lsp`)
set -euo pipefail
cd "$(dirname "$0")/.."
bench=$PWD/target/bench
peers=$bench/peers
mkdir -p "$peers"
. benches/common.sh
[ -d "$peers/node_modules/specweave" ] || npm install --silent --no-audit --no-fund --ignore-scripts --save-exact --prefix "$peers" \
  vscode-langservers-extracted@4.10.0 yaml-language-server@1.25.0 specweave@1.0.593
workspace=$(workspace 1000)
increment=$(first_increment "$workspace")
status=$(status_of "$increment")
# Files of the length of that spec.md, each with a place where a letter makes an error of it.
files=$peers/files
mkdir -p "$files"
python3 - "$increment/spec.md" "$files" <<'PY'
import json, pathlib, sys
size, folder = pathlib.Path(sys.argv[1]).stat().st_size, pathlib.Path(sys.argv[2])
pairs = {f"key{at:03}": f"value {at}" for at in range(size // 24)} | {"status": "active"}
(folder / "a.json").write_text(json.dumps(pairs, indent=2) + "\n")
(folder / "a.yaml").write_text("".join(f"{key}: {value}\n" for key, value in pairs.items()))
(folder / "a.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in pairs.items()))
PY
modules=$peers/node_modules
extracted=$modules/vscode-langservers-extracted
spec="$increment/spec.md"
{
  server specweave-lsp "$program" --stdio "$spec" "$spec" markdown "status: $status" "status: ERR" "$workspace" "$program"
  server vscode-json node "$extracted/bin/vscode-json-language-server" --stdio "$files/a.json" "$files/a.json" json '"active"' 'active' "$files" "$extracted"
  server yaml-language-server node "$modules/yaml-language-server/bin/yaml-language-server" --stdio \
    "$files/a.yaml" "$files/a.yaml" yaml 'status: active' 'status: [active' "$files" "$modules/yaml-language-server"
  [ -z "${TAPLO:-}" ] ||
    server taplo "$TAPLO" lsp stdio "$files/a.toml" "$files/a.toml" toml '"active"' 'active' "$files" "$TAPLO"
  [ -z "${TYPOS_LSP:-}" ] ||
    server typos-lsp "$TYPOS_LSP" "$spec" "$spec" markdown "status: $status" "status: recieve" "$workspace" "$TYPOS_LSP"
} | servers >"$peers/servers.json"
printf '\n### Process start to `initialize` answered, ms\n\n'
python3 benches/bench.py startup --config "$peers/servers.json" -n 20
printf '\n### Keystroke to diagnostics, ms\n\n'
python3 benches/bench.py latency --config "$peers/servers.json" -n 200
printf '\n### Memory, MB\n\n'
python3 benches/bench.py rss --config "$peers/servers.json" --docs 1
printf '\n### Size on disk\n\n'
python3 benches/bench.py size --config "$peers/servers.json"
printf '\n### Beside SpecWeave itself, 1,000 increments, ms\n\n'
cat >"$peers/scan.mjs" <<'JS'
import { DesyncDetector } from './node_modules/specweave/dist/src/core/increment/desync-detector.js';
const quiet = { log() {}, info() {}, warn() {}, error() {}, debug() {} };
await new DesyncDetector({ projectRoot: process.argv[2], logger: quiet }).scanAll();
JS
theirs="node $modules/specweave/bin/specweave.js"
# A copy: SpecWeave writes its caches into the project.
copy=$peers/project
[ -d "$copy" ] || cp -a "$workspace" "$copy"
python3 benches/bench.py wall -n 10 --cwd "$copy" \
  --cmd "specweave-lsp check=$program check --format json --exit-zero" --cmd "SpecWeave's scan=node $peers/scan.mjs $copy" \
  --cmd "specweave-lsp status=$program status" --cmd "specweave status=$theirs status" \
  --cmd "specweave-lsp status --line=$program status --line" \
  --cmd "SpecWeave's update-status-line=node $modules/specweave/dist/src/cli/update-status-line.js"
