#!/usr/bin/env bash
# `make gen`: writes the files that are generated from the code. `scripts/gen.sh --check` fails where one is stale.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

mockly=$(target_folder)/debug/mockly
work=$(mktemp -d "${TMPDIR:-/tmp}/mockly-gen.XXXXXX")
trap 'rm -rf "$work"' EXIT
stale=

main() {
  build
  generate docs/openapi.json openapi
  generate docs/asyncapi.json asyncapi
  generate .env.example config --env-example
  generate docs/configuration.md config --reference
  [[ -z $stale ]] || die "stale:$stale; run \`make gen\` and commit what it changes"
}

# The check runs before the tests and builds as they do: the features of what they alone depend on would otherwise
# have half of the dependencies compiled a second time.
build() {
  if [[ $mode == --check ]]; then
    cargo build --workspace --locked --bins --tests
  else
    cargo build --workspace --locked --bin mockly
  fi
}

# generate FILE SUBCOMMAND...: without the caller's environment, since it must not show in what is committed.
generate() {
  local file=$1
  shift
  env -i PATH="$PATH" "$mockly" "$@" >"$work/new"
  if cmp -s "$work/new" "$file"; then return 0; fi
  if [[ $mode == --check ]]; then
    diff -u "$file" "$work/new" | head -n 40 >&2 || true
    stale+=" $file"
  else
    cp "$work/new" "$file"
    say "wrote $file"
  fi
}

mode=${1:-}
[[ -z $mode || $mode == --check ]] || die "the only option is --check, not \"$mode\""
main
