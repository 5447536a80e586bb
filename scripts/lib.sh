# shellcheck shell=bash disable=SC2034 # its variables are read by the scripts that source it
# What the scripts share: messages, timing, ports, stopping by pid, and apt.
# Source it, never run it.
# It keeps to bash 3.2, which is what macOS ships.

# The cache of everything that is built or fetched once per machine.
mockly_cache=${XDG_CACHE_HOME:-$HOME/.cache}/mockly

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 1
}

# Seconds as people say them: 75 -> 1m15s.
duration() {
  if (($1 >= 60)); then printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); else printf '%ds' "$1"; fi
}

# Runs one named phase, says how long it took, and returns its exit code.
# A list of all phases is kept in `phases` for a closing summary.
phases=
phase() {
  local name=$1 started=$SECONDS code=0
  shift
  say "==> $name"
  "$@" || code=$?
  local took
  took=$(duration $((SECONDS - started)))
  phases+=$(printf '\n  %-28s %8s%s' "$name" "$took" "$( ((code == 0)) || echo "  failed ($code)")")
  say "    $name took $took"
  return "$code"
}

# Whether something on this machine accepts TCP connections at the port.
tcp_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Whether a UDP socket is bound to the port.
# Only Linux can say so without a tool; elsewhere the port counts as free and the server itself will complain.
udp_taken() {
  local hex
  hex=$(printf '%04X' "$1")
  grep -qsE "^ *[0-9]+: [0-9A-F]+:$hex " /proc/net/udp /proc/net/udp6
}

# Prints a port that is free for TCP and UDP just now.
# The range lies below the ephemeral ports, so that no outgoing connection takes it before the server binds it.
free_port() {
  local port
  for _ in $(seq 200); do
    port=$((20000 + RANDOM % 12000))
    if ! tcp_taken "$port" && ! udp_taken "$port"; then
      echo "$port"
      return 0
    fi
  done
  die "no free port between 20000 and 32000"
}

# Where cargo builds, as an absolute path.
target_folder() {
  local folder=${CARGO_TARGET_DIR:-target}
  [[ $folder == /* ]] || folder=$PWD/$folder
  echo "$folder"
}

# Prints random lower-case hexadecimal digits: $1 bytes, twice as many characters.
random_hex() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# Whether the process runs; one that has ended and waits for its parent to notice does not.
alive() { kill -0 "$1" 2>/dev/null && [[ $(ps -o stat= -p "$1") != Z* ]]; }

# Waits until the process is gone, at most $2 tenths of a second.
await_exit() {
  local pid=$1 left=$2
  while alive "$pid"; do
    ((left-- > 0)) || return 1
    sleep 0.1
  done
}

# Stops a process: SIGTERM, and SIGKILL when it has not gone after $2 seconds.
# With $3 = group the whole process group is signalled, for jobs that were started with `in_background`.
stop_pid() {
  local pid=$1 seconds=$2 target=$1
  [[ -n $pid ]] || return 0
  [[ ${3:-} != group ]] || target=-$pid
  kill -TERM -- "$target" 2>/dev/null || return 0
  await_exit "$pid" $((seconds * 10)) || true
  kill -KILL -- "$target" 2>/dev/null || true
}

# Starts a command in a process group of its own and leaves its pid in `background_pid`.
# Ctrl-C then reaches only the script, which stops its jobs in the right order.
in_background() {
  set -m
  "$@" </dev/null &
  background_pid=$!
  set +m
}

# How this user may run a command as root: prints nothing when it is root, `sudo -n` when that asks no password.
# Fails where neither holds.
root_prefix() {
  if ((EUID == 0)); then return 0; fi
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    echo "sudo -n"
    return 0
  fi
  return 1
}

# apt_install WHY PACKAGE...: installs Debian packages where this user may, otherwise says what to install and fails.
# Services that come with a package are not started: the scripts run private instances of their own.
apt_install() {
  local why=$1 root policy=/usr/sbin/policy-rc.d made='' code=0
  shift
  command -v apt-get >/dev/null || { say "$why: please install what Debian calls \`$*\`."; return 1; }
  root=$(root_prefix) || { say "$why: please run \`sudo apt-get install $*\`."; return 1; }
  say "installing $* ($why)"
  if [[ ! -e $policy ]]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod 755 "$policy"
  fi
  apt_get "$root" install "$@" || { apt_get "$root" update && apt_get "$root" install "$@"; } || code=$?
  [[ -z $made ]] || $root rm -f "$policy"
  ((code == 0)) || say "$why: apt-get could not install $*; its messages are above."
  return "$code"
}

apt_get() {
  local root=$1
  shift
  $root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >&2
}

# A digest of a file's content, to know whether what was installed from it is still right.
digest() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c1-16
}
