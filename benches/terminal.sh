#!/usr/bin/env bash
# Measures what people wait for in a terminal, with the release build: the prompt's line, `check`, the hook, the history. In each
# block the candidates are interleaved with what bounds them; read the ratios. Needs git, python3 and gcc.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=$PWD/target/bench
workspace=$bench/repository-1000
mkdir -p "$bench"
. benches/common.sh
gcc -O2 -o "$bench/floor" benches/floor.c -lpthread
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
if [ ! -e "$workspace/done" ]; then
  rm -rf "$workspace"
  python3 benches/genws.py "$workspace" -n 1000 --desync 0.02 --seed 1 >/dev/null
  git -C "$workspace" init --quiet
  # 1,000 commits, each a new increment, and each also changes the one whose history is asked for.
  first=("$workspace"/.specweave/increments/*)
  followed=${first[0]##*/}
  for folder in "$workspace"/.specweave/increments/*; do
    echo "$folder" >>"$workspace/.specweave/increments/$followed/tasks.md"
    git -C "$workspace" add "$folder" "$workspace/.specweave/increments/$followed"
    git -C "$workspace" commit --quiet --message "${folder##*/}"
  done
  sed -i 's/^status: .*/status: paused/' "$workspace/.specweave/increments/$followed/spec.md"
  sed -i 's/"status": "[a-z_]*"/"status": "paused"/' "$workspace/.specweave/increments/$followed/metadata.json"
  git -C "$workspace" add ".specweave/increments/$followed"
  touch "$workspace/done"
fi
first=("$workspace"/.specweave/increments/*)
followed=${first[0]##*/}
wall() { python3 benches/bench.py wall -n 40 --cwd "$workspace" "$@"; }
# Both ways to start its threads: see floor.c.
floors=(--cmd "reading floor, 2 threads=$bench/floor $workspace 2" --cmd "the same, both started anew=$bench/floor $workspace 2 1 0 1")
printf '\n### A line for the prompt, 1,000 increments\n\n'
wall --cmd "specweave-lsp status --line=$program status --line" "${floors[@]}" --cmd "git status=git status --short"
printf '\n### All findings of 1,000 increments\n\n'
wall --cmd "specweave-lsp check=$program check --format json --exit-zero" "${floors[@]}"
printf '\n### The hook, one increment of 1,000 staged\n\n'
wall --cmd "specweave-lsp hook run=$program hook run" --cmd "git diff --cached=git diff --cached --raw"
printf '\n### The history of an increment that each of 1,000 commits changed\n\n'
wall --cmd "specweave-lsp history=$program history $followed" --cmd "git log=git log --oneline -- .specweave/increments/$followed"
