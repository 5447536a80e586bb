#!/usr/bin/env bash
# A private Redis for tests: on a free loopback port, with a password, and nothing of it outlives it.
#
#   scripts/redis.sh install       prints the path of redis-server; installs it where this user may
#   scripts/redis.sh up FOLDER     starts one that keeps its log below FOLDER, prints its URL
#   scripts/redis.sh down FOLDER   stops it and removes the folder
#   scripts/redis.sh run PORT [FOLDER]
#                                  becomes the server on that port (`exec`), without a password, which a test can then kill;
#                                  what it holds outlives it below FOLDER, where one is given
#
# FOLDER must not exist yet, but for `run`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  case ${1:-} in
  install) install_server ;;
  up) up "${2:?up needs a folder}" ;;
  down) down "${2:?down needs a folder}" ;;
  run) run "${2:?run needs a port}" "${3:-}" ;;
  *)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  esac
}

install_server() {
  find_server && return 0
  apt_install "the tests need the Redis server (redis-server)" redis-server || return 1
  find_server || die "Redis was installed, but no redis-server of version 7 was found on the path"
}

find_server() {
  local server number
  server=$(command -v redis-server) || return 1
  number=$("$server" --version | sed -n 's/.* v=\([0-9]*\)\..*/\1/p')
  if ((${number:-0} >= 7)); then
    echo "$server"
    return 0
  fi
  say "redis: $server has version ${number:-unknown}; Mockly needs 7 or newer."
  return 1
}

# Nothing is written to disk, unless a later option says so.
bare=(--bind 127.0.0.1 --save '' --appendonly no --dir /)

run() {
  local port=$1 folder=${2:-} server kept=()
  server=$(install_server)
  if [[ -n $folder ]]; then
    mkdir -p "$folder"
    kept=(--dir "$folder" --appendonly yes)
  fi
  exec "$server" "${bare[@]}" "${kept[@]}" --port "$port"
}

up() {
  local folder=$1 server password port
  [[ ! -e $folder ]] || die "$folder is already there"
  server=$(install_server)
  password=$(random_hex 16)
  mkdir -m 700 "$folder"
  # Another program can take the port between the look and the start.
  for _ in 1 2 3; do
    port=$(free_port)
    # By its input, since everybody can read a command line.
    echo "requirepass $password" |
      "$server" - "${bare[@]}" --port "$port" --logfile "$folder/log" --pidfile "$folder/pid" --daemonize yes >/dev/null
    for _ in {1..50}; do
      if grep -q 'Ready to accept connections' "$folder/log" 2>/dev/null; then
        echo "redis://:$password@127.0.0.1:$port/0"
        return 0
      fi
      sleep 0.1
    done
  done
  tail -n 10 "$folder/log" >&2
  die "Redis did not start; the end of its log is above"
}

down() {
  local folder=$1
  [[ -f $folder/pid ]] && stop_pid "$(<"$folder/pid")" 5
  rm -rf "$folder"
}

main "$@"
