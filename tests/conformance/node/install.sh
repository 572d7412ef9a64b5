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
cd "$to"
npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error --fetch-retries=1 --fetch-timeout=30000 \
  >npm.log 2>&1 && exit 0
# A registry that answers and does not have it is no reason to skip.
if grep -qE 'E404|ETARGET' npm.log; then
  cat npm.log >&2
  exit 1
fi
missing "npm could not install toxiproxy-node-client $wanted: $(grep -m 1 error npm.log || echo no reason given)"
