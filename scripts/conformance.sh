#!/usr/bin/env bash
# `make conformance`: starts the conformance server and runs the public protocol suites that are at hand against it.
#
#   scripts/conformance.sh [DIRECTORY]
#
# DIRECTORY has checkouts of the suites, each under the name of its repository: sockjs-protocol, stompjs,
# engine.io-protocol, socket.io-protocol. None is fetched here; docs/conformance.md says how each is prepared.
# Read from the environment:
#   WSTEST     Autobahn's command, if it is to run
#   PYTHON27   a Python 2.7 with what sockjs-protocol needs (python2.7). Not Autobahn's: its wsaccel breaks
#              websocket-client.
# Spring's client, in tests/clients/spring, is built and run against Mockly itself where there is Maven (`mvn`), which
# fetches what it needs.
# The tests of this repository that hold the protocols up run in any case; of the suites it says which are missing.
set -euo pipefail
suites=${1:+$(cd "$1" && pwd)}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

main() {
  local name
  phase "laws of the codecs" cargo test --workspace --locked --test laws
  phase "sockets" cargo test --workspace --locked --lib --test suite -- socket
  phase "servers" cargo build --workspace --locked --bin mockly --example conformance
  work=$(mktemp -d)
  port=$(free_port)
  "$(target_folder)/debug/examples/conformance" "127.0.0.1:$port" >"$work/log" 2>&1 &
  server=$!
  mockly=
  trap 'kill "$server" $mockly 2>/dev/null || true; rm -rf "$work"' EXIT
  until grep -q '^listening' "$work/log"; do
    kill -0 "$server" 2>/dev/null || die "the conformance server did not start: $(cat "$work/log")"
    sleep 0.1
  done
  failed=0
  for name in autobahn sockjs-protocol stompjs engine.io-protocol socket.io-protocol; do
    run_suite "$name" "$suites/$name"
  done
  if command -v mvn >/dev/null; then phase spring spring || failed=1; else missing spring "there is no Maven"; fi
  say "$phases"
  return "$failed"
}

# run_suite NAME DIRECTORY: runs it, or says that it is not there.
run_suite() {
  if [[ $1 == autobahn ]]; then
    if [[ -z ${WSTEST:-} ]]; then
      missing "$1" "WSTEST is not set"
      return
    fi
  elif [[ ! -d $2 ]]; then
    missing "$1" "there is no $2"
    return
  fi
  phase "$1" "${1//[.-]/_}" "$2" || failed=1
}

missing() { say "skipped $1: $2; docs/conformance.md says how to get and prepare it"; }

autobahn() {
  local url="ws://127.0.0.1:$port/echo/websocket"
  printf '{"outdir": "%s", "servers": [{"agent": "mockly", "url": "%s"}], "cases": ["*"], "exclude-cases": []}' \
    "$work/autobahn" "$url" >"$work/spec.json"
  "$WSTEST" -m fuzzingclient -s "$work/spec.json" >"$work/autobahn.log"
  ! grep -q '"behavior": "FAILED"' "$work/autobahn/index.json"
}

# Its only failure is `test_haproxy`, a draft from before RFC 6455.
sockjs_protocol() {
  local log=$work/sockjs.log
  (cd "$1" && SOCKJS_URL=http://127.0.0.1:$port "${PYTHON27:-python2.7}" sockjs-protocol.py -v) >"$log" 2>&1 || true
  tail -n 3 "$log" >&2
  grep -q '^Ran ' "$log" && ! grep -E '\.\.\. (FAIL|ERROR)$' "$log" | grep -v '^test_haproxy'
}

# Its acknowledgement cases are about queues, of which there are none.
stompjs() {
  sed -i.orig -e 's#/topic/chat.general#/topic/conf.general#' \
    -e "s#url: '.*'#url: 'ws://127.0.0.1:$port/stomp/websocket'#" "$1/spec/config/node-config.js"
  sed -i.orig 's#/topic/chat.general#/topic/conf.general#' "$1/spec/unit/message.spec.js"
  (cd "$1" && npx jasmine --random=false --filter='^(?!Stomp Acknowledgement)') | grep ' specs, '
}

engine_io_protocol() { socketio_suite "$1"; }
socket_io_protocol() { socketio_suite "$1"; }

socketio_suite() {
  sed -i.orig "s#\"http://[^\"]*\"#\"http://127.0.0.1:$port\"#" "$1/test-suite/test-suite.js"
  (cd "$1/test-suite" && npm test)
}

# Against Mockly itself, with the accounts of its demo.
spring() {
  local port url
  port=$(free_port)
  url=http://localhost:$port
  (cd tests/clients/spring && mvn -B -q package) || return
  local settings=(ENVIRONMENT=development HOST=127.0.0.1 PORT="$port" PUBLIC_URL="$url" DATABASE_URL="sqlite://$work/mockly.db")
  env "${settings[@]}" "$(target_folder)/debug/mockly" demo >/dev/null || return
  env "${settings[@]}" "$(target_folder)/debug/mockly" serve >"$work/mockly.log" 2>&1 &
  mockly=$!
  until curl -fs "$url/readyz" >/dev/null; do
    kill -0 "$mockly" 2>/dev/null || die "Mockly did not start: $(cat "$work/mockly.log")"
    sleep 0.1
  done
  java -jar tests/clients/spring/target/spring-client.jar "$url"
}

main
