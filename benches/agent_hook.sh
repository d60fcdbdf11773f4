#!/usr/bin/env bash
# Measures what the hooks of a coding agent add to each edit, with the release build, in a project of 1,000 increments:
# the message before the edit and the one after it, beside a program that only starts. Needs hyperfine and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=$PWD/target/bench
program=$PWD/target/release/specweave-lsp
workspace=$bench/agent-1000
mkdir -p "$bench"
cargo build --release --locked --quiet
[ -e "$workspace" ] || python3 benches/genws.py "$workspace" -n 1000 --desync 0.02 --seed 1 >/dev/null
increment=$(cd "$workspace/.specweave/increments" && printf '%s\n' * | head -n 1)
file=$workspace/.specweave/increments/$increment/spec.md

# message EVENT TOOL: as Claude Code sends it, with the text of an edit of some length.
message() {
  python3 - "$@" "$workspace" "$file" <<'END'
import json, sys
event, tool, cwd, file = sys.argv[1:]
tool_input = {"file_path": file, "old_string": "a line\n" * 200, "new_string": "another\n" * 200}
if tool == "Bash":
    tool_input = {"command": "npm test"}
print(json.dumps({"session_id": "bench", "cwd": cwd, "hook_event_name": event, "tool_name": tool, "tool_input": tool_input,
                  "tool_response": {"originalFile": open(file).read()}}))
END
}
message PreToolUse Edit >"$bench/before.json"
message PostToolUse Edit >"$bench/after.json"
message PreToolUse Bash >"$bench/shell.json"
hyperfine --shell=none --warmup 20 --runs 300 --export-markdown "$bench/agent_hook.md" \
  --input /dev/null --command-name 'only started: --version' "$program --version" >/dev/null
tail -n 1 "$bench/agent_hook.md"
for moment in before after shell; do
  hyperfine --shell=none --warmup 20 --runs 300 --export-markdown "$bench/agent_hook.md" \
    --input "$bench/$moment.json" --command-name "agent-hook, $moment" "$program agent-hook" >/dev/null
  tail -n 1 "$bench/agent_hook.md"
done
