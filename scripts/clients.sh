#!/usr/bin/env bash
# The foreign clients that the tests run against Mockly; each is installed once and again when its lock file changes.
#
#   scripts/clients.sh node        npm packages into tests/clients/node_modules
#   scripts/clients.sh python      packages into a virtual environment in the cache; prints the path of its python
#   scripts/clients.sh chromium    prints the path of a Chromium or Chrome; installs Debian's where this user may
#   scripts/clients.sh lock        writes tests/clients/requirements.txt anew from requirements.in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

main() {
  case ${1:-} in
  node | python | chromium) "install_$1" ;;
  lock) lock_python ;;
  *)
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  esac
}

install_node() {
  local stamp=tests/clients/node_modules/.mockly-stamp wanted
  command -v npm >/dev/null || apt_install "the tests run JavaScript clients" nodejs npm
  local major
  major=$(node --version | grep -oE '[0-9]+' | head -1)
  ((major >= 20)) || die "Node.js 20 or newer is needed, this is $(node --version)"
  wanted=$(digest tests/clients/package-lock.json)
  [[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]] || return 0
  npm ci --prefix tests/clients >&2
  echo "$wanted" >"$stamp"
}

# The folder's name has the digest, so that branches with different requirements do not fight over one environment.
install_python() {
  local file=tests/clients/requirements.txt folder
  folder=$mockly_cache/python-$(digest "$file")
  if [[ ! -f $folder/.complete ]]; then
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
      apt_install "the tests run Python clients" python3 python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      die "Python 3.11 or newer is needed, this is $(python3 --version)"
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$file" >&2
    touch "$folder/.complete"
  fi
  echo "$folder/bin/python"
}

# uv writes one file for every system and Python from 3.11 on, with the hashes of all their wheels.
lock_python() {
  local folder
  folder=$(mktemp -d "${TMPDIR:-/tmp}/mockly-lock.XXXXXX")
  # shellcheck disable=SC2064 # the folder is known now and gone later
  trap "rm -rf '$folder'" EXIT
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check uv >&2
  "$folder/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --output-file tests/clients/requirements.txt tests/clients/requirements.in
}

install_chromium() {
  find_chromium && return 0
  apt_install "the browser tests need Chromium" chromium
  find_chromium || die "chromium was installed, but is not on the path"
}

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

main "$@"
