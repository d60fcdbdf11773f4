# What the scripts beside it share; sourced from the project's folder.

# The program that is measured: what SPECWEAVE_LSP names (one as it is released, say), or the release build.
program=${SPECWEAVE_LSP:+$(realpath "$SPECWEAVE_LSP")}
if [ -z "$program" ]; then
  cargo build --release --locked --quiet
  program=$PWD/target/release/specweave-lsp
fi

# workspace N: a workspace of N increments, 2 % of them desynced; made once.
workspace() {
  local folder=$PWD/target/bench/ws-$1
  [ -d "$folder/.specweave" ] || python3 benches/genws.py "$folder" -n "$1" --desync 0.02 --seed 1 >/dev/null
  echo "$folder"
}

# first_increment WORKSPACE
first_increment() { find "$1/.specweave/increments" -mindepth 1 -maxdepth 1 -name '*0001-*' -print -quit; }

# status_of INCREMENT, as its spec.md says it
status_of() { sed -n '0,/^status: /s/^status: //p' "$1/spec.md"; }

# server NAME COMMAND… DOCUMENT DOCUMENTS LANGUAGE FIND REPLACE ROOT SIZE: a line for `servers`. DOCUMENTS: a glob of what is opened
# where many are; FIND becomes REPLACE and back; SIZE: what of it lies on the disk.
server() {
  python3 -c 'import json, sys
name, *cmd, document, documents, language, find, replace, root, size = sys.argv[1:]
print(json.dumps({"name": name, "cmd": cmd, "root": root, "document": document, "documents": documents, "language": language,
                  "size_paths": [size], "toggle": {"find": find, "replace": replace}}))' "$@"
}

# servers: those lines as what bench.py takes.
servers() { python3 -c 'import json, sys; print(json.dumps({"servers": [json.loads(line) for line in sys.stdin]}))'; }
