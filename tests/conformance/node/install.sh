#!/usr/bin/env bash
# install.sh SOURCE_DIR BUILD_DIR: the client as npm has it, in exact versions, in the build directory. When that cannot
# be, missing.txt there says why and the tests that need it are skipped with it.
set -euo pipefail
from=$1 to=$2
mkdir -p "$to"
cp "$from"/*.js "$from"/package.json "$to"
rm -f "$to/missing.txt"
missing() {
  echo "$1" >"$to/missing.txt"
  exit 0
}
command -v node >/dev/null || missing "node is not installed"
[[ $(node -p 'Number(process.versions.node.split(".")[0])') -ge 18 ]] || missing "node is older than 18: $(node --version)"
wanted=$(node -p "require('$to/package.json').dependencies['toxiproxy-node-client']")
installed=$(node -p "require('$to/node_modules/toxiproxy-node-client/package.json').version" 2>/dev/null || true)
[[ $installed != "$wanted" ]] || exit 0
command -v npm >/dev/null || missing "npm is not installed"
(cd "$to" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error >npm.log 2>&1) ||
  missing "npm could not install toxiproxy-node-client $wanted: $(tail -n 1 "$to/npm.log")"
