#!/usr/bin/env bash
# `make cluster`: two nodes behind nginx with 1,000 clients, harmed in turn while somebody writes; judges what was heard.
#
#   scripts/cluster.sh [SESSIONS]     each has 20 clients; 50 where left out. Linux only; minutes.
#
# It reads TEST_MOCKLY_BIN, a server to take instead of building one in the release profile, and, as scripts/test.sh,
# TEST_PYTHON and TEST_LIVEKIT_BIN. The exit code is 1 where anything was lost, repeated or out of order.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/mockly-cluster.XXXXXX")
# PostgreSQL runs as somebody else when this user is root, and must reach its folder below.
chmod 711 "$work"
target=$(target_folder)
trial_pid=

main() {
  [[ $(uname) == Linux ]] || die "clients come from addresses that Linux alone has"
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  ulimit -n "$(ulimit -Hn)"
  PATH=$PATH:/usr/sbin
  phase "what it needs" get_parts
  phase "build" build
  phase "trial" trial "${1:-50}"
}

get_parts() {
  command -v nginx >/dev/null || apt_install "the cluster stands behind nginx" nginx || return 1
  scripts/redis.sh install >/dev/null || return 1
  scripts/livekit.sh install >/dev/null || return 1
  scripts/clients.sh node || return 1
  TEST_PYTHON=${TEST_PYTHON:-$(scripts/clients.sh python)} || return 1
  scripts/postgres.sh make "$work/postgres" || return 1
  # What is acknowledged must survive the end of the server; that of the machine is not tried.
  echo "synchronous_commit = on" >>"$work/postgres/cluster/postgresql.conf"
}

build() {
  [[ -z ${TEST_MOCKLY_BIN:-} ]] || return 0
  cargo build --release --locked --package mockly || return $?
  TEST_MOCKLY_BIN=$target/release/mockly
}

# In a process group of its own, which has everything that it starts but LiveKit.
trial() {
  local code=0
  in_background node tests/clients/fleet/trial.mjs "$work" "$TEST_MOCKLY_BIN" "$TEST_PYTHON" "$1"
  trial_pid=$background_pid
  wait "$trial_pid" || code=$?
  return "$code"
}

stop_all() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  [[ -z $trial_pid ]] || kill -KILL -- "-$trial_pid" 2>/dev/null || true
  scripts/livekit.sh down "$work/livekit-1"
  scripts/livekit.sh down "$work/livekit-2"
  if ((code == 0)); then rm -rf "$work"; else say "The logs are in $work."; fi
  exit "$code"
}

main "$@"
