#!/usr/bin/env bash
# `make bench`: builds the server and the measuring program in the release profile, and measures over loopback.
#
#   bench/run.sh web               what a browser loads of the web UI, which is built for it
#   bench/run.sh [SCENARIO...]     start, fan-out, saturation, connect, idle, rest, class, resume; all of them unless some are named
#   bench/run.sh growth | soak     costs as subscribers and rows grow; memory in an hour of coming and going
#   bench/run.sh nodes             what two nodes and their broker cost beside one; needs TEST_DATABASE_URL
#
# The result is JSON on standard output, progress goes to standard error; README.md explains both.
# TEST_MOCKLY_BIN names another server to measure, which is then not built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

if [[ ${1:-} == web ]]; then
  scripts/web.sh build
  exec npm run --silent --prefix web build
fi
[[ $(uname) == Linux ]] || die "the measurements read /proc, which only Linux has"
target=$(target_folder)
packages=(--package mockly-bench)
[[ -n ${TEST_MOCKLY_BIN:-} ]] || packages+=(--package mockly)
cargo build --release --locked "${packages[@]}"
export TEST_MOCKLY_BIN=${TEST_MOCKLY_BIN:-$target/release/mockly}
exec "$target/release/mockly-bench" "$@"
