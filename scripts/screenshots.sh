#!/usr/bin/env bash
# `make screenshots`: photographs pages and states of the web UI at 1280 and 390 pixels, light and dark.
#
#   scripts/screenshots.sh [FOLDER]     web/screenshots, which git ignores
#
# TEST_MOCKLY_BIN, TEST_LIVEKIT_BIN and TEST_CHROMIUM are used where they are set, as in scripts/test.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

folder=${1:-web/screenshots}
scripts/web.sh build
if [[ -z ${TEST_MOCKLY_BIN:-} ]]; then
  cargo build --workspace --locked --bin mockly
  TEST_MOCKLY_BIN=$(target_folder)/debug/mockly
fi
TEST_LIVEKIT_BIN=${TEST_LIVEKIT_BIN:-$(scripts/livekit.sh install binary)}
TEST_CHROMIUM=${TEST_CHROMIUM:-$(scripts/clients.sh chromium)}
export TEST_MOCKLY_BIN TEST_LIVEKIT_BIN TEST_CHROMIUM
node web/e2e/screenshots.mjs "$folder"
say "The pictures are in $folder."
