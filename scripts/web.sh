#!/usr/bin/env bash
# The web UI: its packages, its build and its checks. Each does nothing where nothing has changed since the last time.
#
#   scripts/web.sh build    builds web/dist, which the server embeds; without Node.js says so and leaves it out
#   scripts/web.sh lint     checks the generated API client, types and style
#   scripts/web.sh test     runs the unit tests
#   scripts/web.sh e2e      drives Chromium against TEST_MOCKLY_BIN and a LiveKit; TEST_CHROMIUM names the browser
#   scripts/web.sh dev      serves the UI with reload at http://localhost:5173, over the server at MOCKLY_URL
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

main() {
  case ${1:-} in
  build)
    if has_node; then build; else say "The web UI is not built: that takes Node.js 20 or newer and npm."; fi
    ;;
  lint | test | e2e | dev)
    has_node || die "the web UI needs Node.js 20 or newer and npm"
    install
    npm run --silent --prefix web "$1"
    ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  esac
}

has_node() {
  local major
  command -v npm >/dev/null && command -v node >/dev/null || return 1
  major=$(node --version | grep -oE '[0-9]+' | head -1)
  ((major >= 20))
}

install() {
  local stamp=web/node_modules/.mockly-stamp wanted
  wanted=$(digest web/package-lock.json)
  [[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]] || return 0
  # What warns there is a package's own: nobody who builds this can do anything about it.
  npm ci --prefix web --no-audit --no-fund --loglevel=error >&2
  echo "$wanted" >"$stamp"
}

# The digest of all that the build reads stands beside what it wrote.
build() {
  local stamp=web/dist/.vite/mockly-stamp wanted
  wanted=$(sources | sort | while read -r file; do digest "$file"; done | digest /dev/stdin)
  [[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]] || return 0
  say "Building the web UI"
  install
  npm run --silent --prefix web build >&2
  echo "$wanted" >"$stamp"
}

sources() {
  find web/src web/packages web/public web/scripts -type f
  printf '%s\n' web/index.html web/vite.config.ts web/package-lock.json
}

main "$@"
