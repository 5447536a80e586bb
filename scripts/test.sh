#!/usr/bin/env bash
# `make test`: gets what the tests need, runs all of them, and leaves nothing running.
#
#   scripts/test.sh [CARGO TEST ARGUMENTS]     for example: scripts/test.sh -p mockly-data -- outbox
#
# What the tests read from the environment, set here:
#   TEST_DATABASE_URL   administrator of a private PostgreSQL; each test makes and drops a database of its own
#   TEST_REDIS_URL      a private Redis; tests that end one start their own
#   TEST_LIVEKIT_BIN    a livekit-server; each system test starts its own
#   TEST_MOCKLY_BIN     the server that was just built, in the profile of the tests
#   TEST_PYTHON         a python with the packages of tests/clients/requirements.txt
#   TEST_NODE_DIR       the folder whose node_modules has the JavaScript clients
#   TEST_CHROMIUM       a Chromium for headless use
# One that is set already is used as it is, and nothing is installed or started in its place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/mockly-test.XXXXXX")
# PostgreSQL runs as somebody else when this user is root, and must reach its folder below.
chmod 711 "$work"
target=$(target_folder)
livekit_pid='' job_pid=''

main() {
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # LiveKit takes minutes the first time, and only the tests need it: it is built while everything else is.
  if [[ -z ${TEST_LIVEKIT_BIN:-} ]]; then
    in_background scripts/livekit.sh install binary >"$work/livekit"
    livekit_pid=$background_pid
  fi
  phase "PostgreSQL" start_postgres
  phase "Redis" start_redis
  phase "JavaScript clients" install_node
  phase "Python clients" install_python
  phase "Chromium" install_chromium
  phase "web UI" scripts/web.sh build
  phase "build" build "$@"
  phase "LiveKit (the rest of it)" await_livekit
  phase "tests" run_tests "$@"
  selects_packages "$@" || phase "web tests" scripts/web.sh test
  selects_packages "$@" || phase "browser tests" run_job scripts/web.sh e2e
}

start_postgres() {
  if [[ -z ${TEST_DATABASE_URL:-} ]]; then
    TEST_DATABASE_URL=$(scripts/postgres.sh up "$work/postgres") ||
      die "the tests run on SQLite and PostgreSQL, and no PostgreSQL can be had; a server of yours goes into TEST_DATABASE_URL"
  fi
  export TEST_DATABASE_URL
}

start_redis() {
  if [[ -z ${TEST_REDIS_URL:-} ]]; then
    TEST_REDIS_URL=$(scripts/redis.sh up "$work/redis") ||
      die "the tests of several nodes need Redis, and none can be had; a server of yours goes into TEST_REDIS_URL"
  fi
  export TEST_REDIS_URL
}

install_node() {
  if [[ -z ${TEST_NODE_DIR:-} ]]; then
    scripts/clients.sh node || return 1
    TEST_NODE_DIR=$PWD/tests/clients
  fi
  export TEST_NODE_DIR
}

install_python() {
  if [[ -z ${TEST_PYTHON:-} ]]; then TEST_PYTHON=$(scripts/clients.sh python) || return 1; fi
  export TEST_PYTHON
}

install_chromium() {
  if [[ -z ${TEST_CHROMIUM:-} ]]; then TEST_CHROMIUM=$(scripts/clients.sh chromium) || return 1; fi
  export TEST_CHROMIUM
}

# With `--tests` the features are those of `cargo test`, so that nothing is compiled twice.
# A narrowed run builds the server only where the system tests want it.
build() {
  if ! selects_packages "$@"; then
    run_job cargo build --workspace --locked --bins --tests || return $?
  elif [[ $* == *mockly-tests* ]]; then
    run_job cargo build --locked --package mockly || return $?
  fi
  export TEST_MOCKLY_BIN=${TEST_MOCKLY_BIN:-$target/debug/mockly}
}

await_livekit() {
  if [[ -z ${TEST_LIVEKIT_BIN:-} ]]; then
    wait "$livekit_pid" || die "the system tests need livekit-server; what is missing is said above"
    livekit_pid=
    TEST_LIVEKIT_BIN=$(<"$work/livekit")
  fi
  export TEST_LIVEKIT_BIN
}

run_tests() {
  if selects_packages "$@"; then
    run_job cargo test --locked "$@"
  else
    run_job cargo test --workspace --locked "$@"
  fi
}

selects_packages() {
  local argument
  for argument in "$@"; do
    case $argument in
    -p* | --package*) return 0 ;;
    --) return 1 ;;
    esac
  done
  return 1
}

# In a process group of its own, so that what a crashed or interrupted test left running can be ended with it.
run_job() {
  local code=0
  in_background "$@"
  job_pid=$background_pid
  wait "$job_pid" || code=$?
  kill -KILL -- "-$job_pid" 2>/dev/null || true
  job_pid=
  return "$code"
}

stop_all() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  stop_pid "$job_pid" 10 group
  stop_pid "$livekit_pid" 2 group
  scripts/postgres.sh down "$work/postgres"
  scripts/redis.sh down "$work/redis"
  rm -rf "$work"
  say "How long it took:$phases"
  exit "$code"
}

main "$@"
