#!/usr/bin/env bash
# `make ci`: everything that must hold before a change lands; `.ci/run` and the hosted workflow call it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# A kept build folder gathers what older commits left; past this size it is cheaper to start anew.
target_gib_max=20

main() {
  local target
  target=$(target_folder)
  if [[ -d $target ]] && (($(du -sk "$target" | cut -f1) > target_gib_max * 1024 * 1024)); then
    say "$target is larger than $target_gib_max GiB: emptying it"
    cargo clean --quiet
  fi
  # A change is judged by what it does: random tests play the same game each time here, and another one by `make test`.
  export TEST_SEED=${TEST_SEED:-1}
  # First, because the server embeds it.
  phase "web UI" scripts/web.sh build
  phase "lint" scripts/lint.sh
  phase "generated files" scripts/gen.sh --check
  phase "test" scripts/test.sh
  say "How long it took:$phases"
}

main
