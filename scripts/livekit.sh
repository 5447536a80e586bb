#!/usr/bin/env bash
# A real LiveKit server for `make run` and for the tests.
#
#   scripts/livekit.sh find              prints where one is: `binary PATH` or `container ENGINE`
#   scripts/livekit.sh install           the same, and gets one first where none is there (minutes, once)
#   scripts/livekit.sh install binary    the same, but never a container; prints the bare path
#   scripts/livekit.sh up FOLDER         starts one on loopback; its configuration, log and pid go into FOLDER
#   scripts/livekit.sh down FOLDER       stops what `up FOLDER` started
#
# `up` reads LIVEKIT_API_KEY and LIVEKIT_API_SECRET (both required), LIVEKIT_PORT (7880), LIVEKIT_UDP_PORT (7882),
# LIVEKIT_WEBHOOK_URL (none), LIVEKIT_EMPTY_TIMEOUT in seconds (600) and LIVEKIT_REDIS (none; HOST:PORT of what the
# nodes of a cluster share).
# The exit code of `find` and `install` is 3 where no server can be had; what is missing is then said on stderr.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Later tags carry `replace` lines in go.mod, which `go install` refuses.
version=v1.13.5
image=livekit/livekit-server:$version
cached=$mockly_cache/livekit/livekit-server-$version

main() {
  case ${1:-} in
  find) find_server ;;
  install) install_server "${2:-any}" ;;
  up) up "${2:?up needs a folder}" ;;
  down) down "${2:?down needs a folder}" ;;
  *)
    sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  esac
}

# --- finding and getting one -------------------------------------------------------------------------------------

find_server() {
  local path
  if path=$(find_binary); then
    echo "binary $path"
  elif engine=$(find_engine) && "$engine" image inspect "$image" >/dev/null 2>&1; then
    echo "container $engine"
  else
    return 3
  fi
}

# One on the path comes first, so that people can try a version of theirs; Mockly needs 1.8 or newer.
find_binary() {
  local path number
  if path=$(command -v livekit-server); then
    number=$("$path" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+' | head -1)
    if at_least "${number:-0.0}" 1.8; then
      echo "$path"
      return 0
    fi
    say "livekit: $path is version ${number:-unknown}, older than 1.8; not used."
  fi
  [[ -x $cached ]] || return 1
  echo "$cached"
}

# An engine counts only where its daemon answers: the bare client is on many machines.
find_engine() {
  local engine
  for engine in docker podman; do
    if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
      echo "$engine"
      return 0
    fi
  done
  return 1
}

# at_least 1.26 1.21: whether the first version number is the second one or newer.
at_least() {
  local major=${1%%.*} minor=${1#*.}
  ((major > ${2%%.*} || (major == ${2%%.*} && ${minor%%.*} >= ${2#*.})))
}

install_server() {
  local wanted=$1 engine
  if [[ $wanted == binary ]]; then
    find_binary || { build && echo "$cached"; } || return 3
  elif find_server; then
    :
  elif build; then
    echo "binary $cached"
  elif engine=$(find_engine); then
    say "livekit: fetching the image $image with $engine"
    "$engine" pull "$image" >&2 || { say "livekit: $engine could not fetch $image."; return 3; }
    echo "container $engine"
  else
    say "livekit: no container engine answers either (\`docker info\` and \`podman info\` were tried)."
    return 3
  fi
}

# Builds the pinned version with Go. Two at once only waste time: the finished file is moved into place whole.
build() {
  local number folder
  if ! command -v go >/dev/null; then
    say "livekit: Go is not installed, so livekit-server $version cannot be built (Go 1.26 or newer does it)."
    return 1
  fi
  number=$(go env GOVERSION | grep -oE '[0-9]+\.[0-9]+' | head -1)
  # From 1.21 on, Go fetches the newer toolchain that a module asks for.
  if ! at_least "${number:-0.0}" 1.21; then
    say "livekit: Go ${number:-of unknown version} is too old to build livekit-server $version (Go 1.26 or newer does it)."
    return 1
  fi
  say "livekit: building livekit-server $version with Go $number (about 4 minutes on two cores, once)"
  mkdir -p "$(dirname "$cached")"
  folder=$(mktemp -d "$(dirname "$cached")/build.XXXXXX")
  if build_in "$folder"; then
    mv "$folder/server" "$cached"
    rm -rf "$folder"
  else
    say "livekit: Go could not build it; the end of its output:"
    tail -n 5 "$folder/log" >&2
    rm -rf "$folder"
    return 1
  fi
}

# Go prints a line for every package it has compiled, which is the progress shown.
build_in() {
  local folder=$1 started=$SECONDS shown=0
  GOBIN=$folder CGO_ENABLED=0 go install -v -trimpath -ldflags='-s -w' \
    "github.com/livekit/livekit-server/cmd/server@$version" >"$folder/log" 2>&1 </dev/null &
  local pid=$!
  # shellcheck disable=SC2064 # both are known now and gone later
  trap "kill $pid 2>/dev/null; rm -rf '$folder'; exit 143" INT TERM HUP
  while alive "$pid"; do
    sleep 1
    if ((SECONDS - started - shown >= 15)); then
      shown=$((SECONDS - started))
      say "livekit: $(grep -cv '^go: ' "$folder/log") packages compiled, $(duration "$shown")"
    fi
  done
  trap - INT TERM HUP
  wait "$pid"
}

# --- running it --------------------------------------------------------------------------------------------------

up() {
  local folder=$1 server pid
  : "${LIVEKIT_API_KEY:?}" "${LIVEKIT_API_SECRET:?}"
  # The server itself only logs an error at a short secret and starts all the same.
  ((${#LIVEKIT_API_SECRET} >= 32)) || die "LIVEKIT_API_SECRET needs 32 characters or more"
  port=${LIVEKIT_PORT:-7880}
  ! tcp_taken "$port" || die "port $port is taken; set LIVEKIT_PORT"
  server=$(find_server) || die "no livekit-server here; run \`scripts/livekit.sh install\` first"
  umask 077
  mkdir -p "$folder"
  rm -f "$folder/container"
  configuration "${server%% *}" >"$folder/config.yaml"
  start "$folder" "${server%% *}" "${server#* }"
  echo "$pid" >"$folder/pid"
  await_health "$folder" "$pid"
}

# Everything on loopback: the media too, with one UDP port, and no STUN since the address is given.
# ICE over TCP stays off because LiveKit would open that port on every interface.
# Rooms exist only where Mockly made them. In a container without the host's network the ports are published instead.
configuration() {
  local bind='"127.0.0.1"' interfaces='  interfaces: {includes: [lo, lo0]}
  ips: {includes: [127.0.0.1/32]}
' webhook=${LIVEKIT_WEBHOOK_URL:-}
  if [[ $1 == container ]] && ! host_network; then
    bind='"0.0.0.0"'
    interfaces=
    webhook=${webhook/127.0.0.1/host.docker.internal}
  fi
  cat <<YAML
port: $port
bind_addresses: [$bind]
logging: {level: info, json: true}
rtc:
  node_ip: 127.0.0.1
  use_external_ip: false
  enable_loopback_candidate: true
${interfaces}  udp_port: ${LIVEKIT_UDP_PORT:-7882}
  tcp_port: 0
keys: {"$LIVEKIT_API_KEY": "$LIVEKIT_API_SECRET"}
room:
  auto_create: false
  empty_timeout: ${LIVEKIT_EMPTY_TIMEOUT:-600}
  departure_timeout: ${LIVEKIT_EMPTY_TIMEOUT:-600}
YAML
  [[ -z ${LIVEKIT_REDIS:-} ]] || printf 'redis: {address: "%s"}\n' "$LIVEKIT_REDIS"
  [[ -z $webhook ]] || printf 'webhook: {api_key: "%s", urls: ["%s"]}\n' "$LIVEKIT_API_KEY" "$webhook"
}

# Only on Linux does a container share the loopback of the machine.
host_network() { [[ $(uname) == Linux ]]; }

# Leaves the pid in the caller's `pid`.
start() {
  local folder=$1 kind=$2 where=$3 name
  if [[ $kind == binary ]]; then
    in_background "$where" --config "$folder/config.yaml" >"$folder/log" 2>&1
  else
    name=mockly-livekit-$port
    echo "$where $name" >"$folder/container"
    # The configuration travels in the environment: the file is readable by this user only.
    LIVEKIT_CONFIG=$(<"$folder/config.yaml")
    export LIVEKIT_CONFIG
    local network=(--network host)
    host_network || network=(-p "127.0.0.1:$port:$port" -p "127.0.0.1:${LIVEKIT_UDP_PORT:-7882}:${LIVEKIT_UDP_PORT:-7882}/udp")
    in_background "$where" run --rm --name "$name" "${network[@]}" -e LIVEKIT_CONFIG "$image" >"$folder/log" 2>&1
  fi
  pid=$background_pid
  disown "$pid"
}

# It answers 0.15 s after its start; a container takes longer.
await_health() {
  local folder=$1 pid=$2
  for _ in $(seq 300); do
    alive "$pid" || break
    if curl -fsS --max-time 2 -o /dev/null "http://127.0.0.1:$port/" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  say "livekit: it ended or was not healthy within 30 s; the end of $folder/log:"
  tail -n 10 "$folder/log" >&2
  down "$folder"
  return 1
}

# The first SIGTERM lets it wait for participants to leave, the second does not.
down() {
  local folder=$1 pid engine name
  [[ -f $folder/pid ]] || return 0
  pid=$(<"$folder/pid")
  if [[ -f $folder/container ]]; then
    read -r engine name <"$folder/container"
    "$engine" rm -f "$name" >/dev/null 2>&1 || true
  elif is_ours "$pid" "$folder"; then
    kill -TERM "$pid" 2>/dev/null || true
    await_exit "$pid" 10 || stop_pid "$pid" 4
  fi
  rm -f "$folder/pid" "$folder/container"
}

# The pid of a file that a crash left behind may belong to somebody else by now.
is_ours() { ps -o args= -p "$1" 2>/dev/null | grep -qF -- "--config $2/config.yaml"; }

main "$@"
