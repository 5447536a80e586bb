#!/usr/bin/env bash
# `make run`: builds Mockly, starts it with a LiveKit server of its own and three demo accounts, and stops it all on Ctrl-C.
#
# PORT (8080) and HOST (127.0.0.1) say where it listens; MOCKLY_DATA_DIR (./data) keeps the database and the secrets.
# With LIVEKIT_URL or LIVEKIT_WS_URL set that server is used, with LIVEKIT_API_KEY and LIVEKIT_API_SECRET.
# Every other setting of the server passes through from the environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

export ENVIRONMENT=development
export HOST=${HOST:-127.0.0.1} PORT=${PORT:-8080}
data=${MOCKLY_DATA_DIR:-data}
export DATABASE_URL=${DATABASE_URL:-sqlite://$data/mockly.db}
mockly=$(target_folder)/debug/mockly
livekit_folder=$data/livekit
url=http://localhost:$PORT

# What runs beside this script; each is stopped by its pid.
install_pid='' server_pid='' livekit_up=''

main() {
  check_machine
  mkdir -p "$data"
  claim_data
  trap stop_all EXIT
  trap 'say; exit 0' INT TERM HUP
  if [[ -z ${LIVEKIT_URL:-}${LIVEKIT_WS_URL:-} ]]; then
    in_background scripts/livekit.sh install >"$data/livekit-found"
    install_pid=$background_pid
  fi
  scripts/web.sh build
  say "Building Mockly (the first time takes some minutes)"
  cargo build --workspace --locked --bin mockly
  start_livekit
  accounts=$("$mockly" demo)
  in_background "$mockly" serve
  server_pid=$background_pid
  await_ready
  welcome
  wait "$server_pid" || die "the server ended with code $?; its messages are above"
}

check_machine() {
  command -v cargo >/dev/null ||
    die "Rust is not installed: get rustup from https://rustup.rs, which fetches the pinned version by itself"
  command -v cc >/dev/null ||
    die "a C compiler is missing (SQLite and the TLS library are built with it): on Debian \`apt install gcc libc6-dev\`"
  command -v curl >/dev/null || die "curl is missing: on Debian \`apt install curl\`"
  [[ $PORT =~ ^[1-9][0-9]{0,4}$ ]] || die "PORT must be a number from 1 to 65535, not \"$PORT\""
  ! tcp_taken "$PORT" ||
    die "port $PORT is taken by another program; choose another one, for example: make run PORT=$((PORT < 65535 ? PORT + 1 : 8080))"
}

# One at a time for a data folder: SQLite takes one server, and LiveKit's files below are this run's.
claim_data() {
  local file=$data/run.pid other
  other=$(cat "$file" 2>/dev/null || true)
  if [[ -n $other ]] && ps -o args= -p "$other" 2>/dev/null | grep -qF scripts/run.sh; then
    die "\`make run\` already runs with the data folder $data (process $other); set MOCKLY_DATA_DIR for a second one"
  fi
  echo $$ >"$file"
  # What a killed run left behind.
  scripts/livekit.sh down "$livekit_folder"
}

# --- LiveKit -----------------------------------------------------------------------------------------------------

start_livekit() {
  if [[ -n ${LIVEKIT_URL:-}${LIVEKIT_WS_URL:-} ]]; then
    [[ -n ${LIVEKIT_API_KEY:-} && -n ${LIVEKIT_API_SECRET:-} ]] ||
      say "LIVEKIT_URL is set, but LIVEKIT_API_KEY or LIVEKIT_API_SECRET is not: there will be no video."
    return 0
  fi
  alive "$install_pid" && say "Mockly is built; still waiting for LiveKit"
  if ! wait "$install_pid"; then
    install_pid=
    without_video
    return 0
  fi
  install_pid=
  load_livekit_key
  choose_livekit_ports
  LIVEKIT_WEBHOOK_URL=http://127.0.0.1:$PORT/api/webhooks/livekit \
    scripts/livekit.sh up "$livekit_folder" || { without_video; return 0; }
  livekit_up=yes
  export LIVEKIT_URL=http://127.0.0.1:$LIVEKIT_PORT LIVEKIT_WS_URL=ws://127.0.0.1:$LIVEKIT_PORT
}

without_video() {
  unset LIVEKIT_API_KEY LIVEKIT_API_SECRET
  say "Going on without video: what is missing is said above."
  say "Give it one of these and start again: Go 1.26 or newer, a running Docker or Podman,"
  say "livekit-server on the path, or LIVEKIT_URL with LIVEKIT_API_KEY and LIVEKIT_API_SECRET."
}

# Made once and kept beside the database, so that tokens survive a restart.
load_livekit_key() {
  local file=$data/livekit.key
  if [[ ! -s $file ]]; then
    (umask 077 && printf 'mockly-%s %s\n' "$(random_hex 4)" "$(random_hex 32)" >"$file")
  fi
  chmod 600 "$file"
  read -r LIVEKIT_API_KEY LIVEKIT_API_SECRET <"$file"
  export LIVEKIT_API_KEY LIVEKIT_API_SECRET
}

choose_livekit_ports() {
  export LIVEKIT_PORT=${LIVEKIT_PORT:-7880} LIVEKIT_UDP_PORT=${LIVEKIT_UDP_PORT:-7882}
  local taken=
  if tcp_taken "$LIVEKIT_PORT"; then
    taken=$LIVEKIT_PORT LIVEKIT_PORT=$(free_port)
    say "Port $taken is taken, so LiveKit listens at $LIVEKIT_PORT."
  fi
  if udp_taken "$LIVEKIT_UDP_PORT"; then
    taken=$LIVEKIT_UDP_PORT LIVEKIT_UDP_PORT=$(free_port)
    say "UDP port $taken is taken, so LiveKit's media use $LIVEKIT_UDP_PORT."
  fi
}

# --- the server --------------------------------------------------------------------------------------------------

await_ready() {
  for _ in $(seq 300); do
    alive "$server_pid" || { wait "$server_pid" || die "the server did not start (code $?); its messages are above"; }
    if curl -fsS --max-time 2 -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  die "the server was not ready within 30 s; its messages are above"
}

welcome() {
  local email password name roles id first_email='' first_password='' other=''
  say
  say "Mockly is ready: $url"
  if [[ -n ${LIVEKIT_API_KEY:-} ]]; then say "LiveKit:         ${LIVEKIT_WS_URL:-${LIVEKIT_URL:-}}"; else say "LiveKit:         none, so there is no video"; fi
  say "Database:        ${DATABASE_URL%%\?*}"
  say
  say "Demo accounts:"
  while IFS=$'\t' read -r email password name roles id; do
    [[ -n $email ]] || continue
    say "$(printf '  %-24s %-20s %-16s %s' "$email" "$password" "$name" "$roles")"
    if [[ -z $first_email ]]; then
      first_email=$email first_password=$password
    elif [[ -z $other ]]; then
      other=$id
    fi
  done <<<"$accounts"
  say
  say "Create an interview between the first two:"
  say "$(ready_curl "$first_email" "$first_password" "$other")"
  say
  say "Ctrl-C stops everything."
}

# One line to paste: signs in, takes the token out of the answer, and creates the session.
ready_curl() {
  cat <<LINE
  curl -s $url/api/sessions -H 'Content-Type: application/json' -d '{"interviewerId": "$3"}' -H "Authorization: Bearer \$(curl -s $url/api/auth/login -H 'Content-Type: application/json' -d '{"email": "$1", "password": "$2"}' | sed 's/.*"accessToken":"\([^"]*\)".*/\1/')"
LINE
}

# Mockly goes first, so that it sees its sockets closed by itself and not by a vanished LiveKit.
stop_all() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  stop_pid "$install_pid" 2 group
  stop_pid "$server_pid" 30
  [[ -z $livekit_up ]] || scripts/livekit.sh down "$livekit_folder"
  rm -f "$data/run.pid"
  exit "$code"
}

main "$@"
