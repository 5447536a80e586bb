#!/usr/bin/env bash
# A private PostgreSQL for tests: an empty cluster on a free loopback port that forgets everything when it is stopped.
#
#   scripts/postgres.sh install        prints the folder of initdb and pg_ctl; installs the server where this user may
#   scripts/postgres.sh up FOLDER      makes a cluster below FOLDER, starts it, prints the URL of its administrator
#   scripts/postgres.sh down FOLDER    stops it and removes it
#   scripts/postgres.sh make FOLDER    makes a cluster below FOLDER without starting it; FOLDER/password has its password
#   scripts/postgres.sh run FOLDER PORT  becomes the server of that cluster (`exec`), which a test can then kill
#
# FOLDER must not exist yet.
# Nothing is synced to disk: the cluster is fast and does not survive a crash of the machine.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  case ${1:-} in
  install) install_server ;;
  up) up "${2:?up needs a folder}" ;;
  down) down "${2:?down needs a folder}" ;;
  make) make "${2:?make needs a folder}" ;;
  run) run "${2:?run needs a folder}" "${3:?run needs a port}" ;;
  *)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  esac
}

install_server() {
  find_server && return 0
  apt_install "the tests need the PostgreSQL server (initdb, postgres)" postgresql || return 1
  find_server || die "PostgreSQL was installed, but initdb was found neither on the path nor in /usr/lib/postgresql"
}

# Debian keeps the server's programs off the path, one folder a version; the newest is taken. Mockly needs 15.
find_server() {
  local folder number
  for folder in "$(dirname "$(command -v initdb || echo /nowhere/initdb)")" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    [[ -x $folder/initdb && -x $folder/pg_ctl ]] || continue
    number=$("$folder/pg_ctl" --version | grep -oE '[0-9]+' | head -1)
    if ((number >= 15)); then
      echo "$folder"
      return 0
    fi
    say "postgres: $folder has version $number; Mockly needs 15 or newer."
  done
  return 1
}

# PostgreSQL refuses to run as root, so that then somebody without rights runs it.
unprivileged() {
  local PATH=$PATH:/usr/sbin:/sbin
  if ((EUID != 0)); then "$@"; else runuser -u "$(owner)" -- "$@"; fi
}

run() {
  local server=("$(<"$1/programs")/postgres" -D "$1/cluster" -p "$2")
  cd /
  if ((EUID != 0)); then exec "${server[@]}"; fi
  exec setpriv --reuid="$(owner)" --regid="$(id -gn "$(owner)")" --init-groups "${server[@]}"
}

owner() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

make() {
  local folder=$1 programs password
  [[ ! -e $folder ]] || die "$folder is already there"
  programs=$(install_server)
  password=$(random_hex 16)
  mkdir -m 700 "$folder"
  printf '%s\n' "$password" >"$folder/password"
  echo "$programs" >"$folder/programs"
  ((EUID != 0)) || chown -R "$(owner)" "$folder"
  cd /
  # The C locale sorts by bytes, as SQLite does.
  unprivileged "$programs/initdb" --pgdata="$folder/cluster" --username=mockly --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync >"$folder/initdb.log" 2>&1 ||
    { tail -n 10 "$folder/initdb.log" >&2; die "initdb failed; its messages are above"; }
  settings | unprivileged tee -a "$folder/cluster/postgresql.conf" >/dev/null
}

up() {
  local folder=$1 programs password port
  make "$folder"
  programs=$(<"$folder/programs") password=$(<"$folder/password")
  cd /
  # Another program can take the port between the look and the start.
  for _ in 1 2 3; do
    port=$(free_port)
    if unprivileged "$programs/pg_ctl" --pgdata="$folder/cluster" --log="$folder/log" --wait --timeout=60 \
      --options="-p $port" start >/dev/null 2>&1 </dev/null; then
      echo "postgres://mockly:$password@127.0.0.1:$port/postgres"
      return 0
    fi
  done
  tail -n 10 "$folder/log" >&2
  die "PostgreSQL did not start; the end of its log is above"
}

settings() {
  cat <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
timezone = 'UTC'
CONF
}

down() {
  local folder=$1
  [[ -f $folder/programs ]] || return 0
  cd /
  unprivileged "$(<"$folder/programs")/pg_ctl" --pgdata="$folder/cluster" --mode=immediate --wait --timeout=30 stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}

main "$@"
