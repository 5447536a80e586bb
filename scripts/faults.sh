#!/usr/bin/env bash
# `make faults`: does harm to the server, and sees that it keeps what docs/operations.md promises. Linux only; minutes.
#
#   scripts/faults.sh [FILTER]     for example: scripts/faults.sh database
#
# It gets and starts what scripts/test.sh does, and reads the same from the environment; further:
#   TEST_FAKETIME_LIB   a libfaketime, which shows the server another time of day; got where it is missing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

main() {
  [[ $(uname) == Linux ]] || die "the faults are made by what Linux alone has"
  # By itself, since `export` would hide that it could not be got.
  TEST_FAKETIME_LIB=${TEST_FAKETIME_LIB:-$(faketime)} || return 1
  export TEST_FAKETIME_LIB
  # None of the foreign clients takes part.
  export TEST_LIVEKIT_BIN=none TEST_NODE_DIR=none TEST_PYTHON=none TEST_CHROMIUM=none
  # One after the other, since they measure; and their figures are to be seen.
  exec scripts/test.sh -p mockly-tests --test faults -- --nocapture --test-threads=1 "$@"
}

faketime() {
  find_faketime && return 0
  apt_install "the faults step the server's clock" libfaketime >&2 || return 1
  find_faketime || die "libfaketime was installed, but is not where it was looked for"
}

find_faketime() {
  local path
  for path in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib/faketime/libfaketimeMT.so.1; do
    if [[ -f $path ]]; then
      echo "$path"
      return 0
    fi
  done
  return 1
}

main "$@"
