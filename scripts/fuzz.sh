#!/usr/bin/env bash
# `make fuzz`: lets libFuzzer look for bytes that break a reader, and keeps what reaches something new.
#
#   scripts/fuzz.sh [SECONDS [TARGET...]]     60 s for each target where nothing else is said
#   scripts/fuzz.sh --minimise [TARGET...]    drops what reaches nothing new from fuzz/corpus
#
# Inputs that reach something new gather in $FUZZ_DIR (target/fuzz); `--minimise` takes the smallest of them over into
# fuzz/corpus, which `make test` replays. What breaks a target is left in $FUZZ_DIR/found, and its path is printed.
# Why this engine and this way: docs/adr/0013-fuzzing-on-stable.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

target=$(target_folder)
work=${FUZZ_DIR:-$target/fuzz}
engine=
# An input that takes this many seconds, or makes the process this large, is a find.
input_seconds_max=10
memory_mb_max=1024

main() {
  local mode=fuzz seconds=60
  if [[ ${1:-} == --minimise ]]; then
    mode=minimise
    shift
  elif (($# > 0)); then
    seconds=$1
    [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] || die "how many seconds for each target? not \"$seconds\""
    shift
  fi
  local names=("$@")
  if ((${#names[@]} == 0)); then for folder in fuzz/corpus/*/; do names+=("$(basename "$folder")"); done; fi
  build
  export TMPDIR=$work/tmp
  mkdir -p "$work/found" "$TMPDIR"
  local name failed=''
  for name in "${names[@]}"; do
    [[ -d fuzz/corpus/$name ]] || die "there is no target \"$name\""
    mkdir -p "$work/$name"
    phase "$mode $name" "$mode" "$name" "$seconds" || failed+=" $name"
  done
  rm -rf "$TMPDIR"
  say "How long it took:$phases"
  [[ -z $failed ]] || die "broken:$failed; $work/found has the inputs"
}

# Only our own crates are instrumented, so the dependencies of `make test` are used as they are.
build() {
  mkdir -p "$work"
  RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/instrument.sh \
    cargo test --workspace --locked --test fuzz --features mockly-fuzz/engine --no-run 2>&1 | tee "$work/build.log" >&2
  engine=$(sed -n 's/.*Executable.*(\(.*\))$/\1/p' "$work/build.log")
  [[ -x $engine ]] || die "the engine was not built"
}

fuzz() {
  "$engine" -max_total_time="$2" "${options[@]}" -artifact_prefix="$work/found/$1-" -print_final_stats=1 \
    "$work/$1" "fuzz/corpus/$1" -ignore_remaining_args=1 "$1" 2>"$work/$1.log" || {
    tail -n 30 "$work/$1.log" >&2
    return 1
  }
  grep -E 'number_of_executed_units|new_units_added' "$work/$1.log" >&2
}

minimise() {
  rm -rf "$work/$1.min"
  mkdir "$work/$1.min"
  "$engine" -merge=1 "${options[@]}" "$work/$1.min" "fuzz/corpus/$1" "$work/$1" -ignore_remaining_args=1 "$1" \
    2>"$work/$1.log" || {
    tail -n 30 "$work/$1.log" >&2
    return 1
  }
  # What somebody has named stays, whether it reaches something new or not: it was found once.
  find "fuzz/corpus/$1" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
  cp -n "$work/$1.min"/* "fuzz/corpus/$1"
  rm -rf "$work/$1.min"
  say "$(find "fuzz/corpus/$1" -type f | wc -l) files, $(cat "fuzz/corpus/$1"/* | wc -c) bytes"
}

options=(-timeout="$input_seconds_max" -rss_limit_mb="$memory_mb_max" -use_value_profile=1)

main "$@"
