#!/usr/bin/env bash
# `make dev`: what `make run` does, and the web UI beside it with reload. Ctrl-C stops both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

web_pid=''

main() {
  trap stop_web EXIT
  trap 'exit 0' INT TERM HUP
  in_background env MOCKLY_URL="http://localhost:${PORT:-8080}" scripts/web.sh dev
  web_pid=$background_pid
  say "The web UI with reload: http://localhost:5173 (once the server below is ready)"
  scripts/run.sh
}

stop_web() {
  trap - EXIT
  stop_pid "$web_pid" 5 group
}

main
