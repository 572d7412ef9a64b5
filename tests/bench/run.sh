#!/usr/bin/env bash
# run.sh BUILD_DIR [NAME...]: runs the benchmarks of a build one after another, all or those whose name holds NAME.
set -euo pipefail
build=$1
shift
ran=0
for program in "$build"/bench/*; do
  [[ -x $program && -f $program ]] || continue
  name=$(basename "$program")
  wanted=$(($# == 0))
  for word in "$@"; do [[ $name != *"$word"* ]] || wanted=1; done
  ((wanted)) || continue
  printf '\n== %s\n' "$name"
  "$program"
  ran=$((ran + 1))
done
if ((ran == 0)); then
  echo "run.sh: error: no benchmark is called $*; there are:" >&2
  ls "$build/bench" >&2
  exit 2
fi
