#!/usr/bin/env bash
# ./dev from another directory, with closed stdin, on a system it does not know. Nothing is installed or built here.
set -u
dev=$1/dev
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# expect STATUS 'words the output must hold' COMMAND...
expect() {
  local status=$1 words=$2 output actual
  shift 2
  output=$("$@" 2>&1 <&-)
  actual=$?
  if [[ $actual -ne $status || $output != *"$words"* ]]; then
    printf 'FAILED: %s\n  exit status %s, wanted %s; output, wanted "%s" in it:\n%s\n' "$*" "$actual" "$status" "$words" "$output"
    failures=$((failures + 1))
  fi
}

printf 'ID=ubuntu\nVERSION_ID="24.04"\n' >ubuntu
printf 'ID=debian\nVERSION_ID="12"\n' >debian

expect 0 'usage: ./dev VERB' "$dev" help
expect 0 'usage: ./dev VERB' "$dev"
expect 2 "unknown verb 'biuld'" "$dev" biuld
expect 2 "unknown preset 'debug'" env STORMPROOF_SKIP_SETUP=1 "$dev" build debug
expect 4 'this is ubuntu 24.04; setup knows only debian 12' env STORMPROOF_OS_RELEASE="$work/ubuntu" "$dev" setup
expect 4 'libgrpc++-dev                1.51' env STORMPROOF_OS_RELEASE="$work/ubuntu" "$dev" test
expect 4 'this is an unknown system' env STORMPROOF_OS_RELEASE="$work/none" "$dev" setup
expect 0 '' env STORMPROOF_SKIP_SETUP=1 STORMPROOF_OS_RELEASE="$work/ubuntu" "$dev" setup

# A machine on which one package is missing and nobody may become root.
mkdir bin
printf '#!/bin/sh\nwhile [ $# -gt 3 ]; do [ "$4" = chromium ] || echo "installed $4"; shift; done\n' >bin/dpkg-query
printf '#!/bin/sh\necho 1000\n' >bin/id
chmod +x bin/*
for tool in bash sh dirname readlink comm sed sort cat mktemp env; do ln -s "$(command -v "$tool")" bin/ 2>/dev/null; done
expect 4 'neither root nor sudo: chromium' env PATH="$work/bin" STORMPROOF_OS_RELEASE="$work/debian" "$dev" setup

exit $((failures > 0))
