#!/usr/bin/env bash
# The compiler with libFuzzer's counters in what it makes; `scripts/fuzz.sh` has cargo call it for our own crates.
#
# These are the options of cargo-fuzz. They need no nightly toolchain, but for the address sanitiser, which has nothing
# to find in a workspace that forbids `unsafe`.
set -euo pipefail

# A build script runs without the engine.
if [[ " $* " == *" --crate-name build_script_build "* || " $* " != *" --crate-name mockly"*  && " $* " != *" --crate-name fuzz "* ]]; then
  exec "$@"
fi
exec "$@" -C passes=sancov-module \
  -C llvm-args=-sanitizer-coverage-level=4 \
  -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
  -C llvm-args=-sanitizer-coverage-pc-table \
  -C llvm-args=-sanitizer-coverage-trace-compares \
  -C codegen-units=1
