#!/usr/bin/env bash
# `make lint`: everything that reads the code without running it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

main() {
  phase "format" cargo fmt --all --check
  phase "clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
  # What `cargo test` leaves out by itself, `--all-targets` leaves out too.
  phase "clippy of the faults" cargo clippy --workspace --test faults --locked -- -D warnings
  phase "rustdoc" rustdoc
  phase "shellcheck" shell_scripts
  phase "secrets" secrets
  phase "web" web
  phase "cargo-deny" licences
  say "How long it took:$phases"
}

rustdoc() { RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet; }

# The scan of itself first: a pattern that has stopped working finds nothing either.
secrets() { scripts/secrets.sh --self-test && scripts/secrets.sh; }

# Whoever changes nothing there needs no Node.js; CI has it.
web() {
  if [[ -z ${CI:-} ]] && ! command -v npm >/dev/null; then
    say "npm is not installed: the web UI was not read."
    return 0
  fi
  scripts/web.sh lint
}

shell_scripts() {
  if ! command -v shellcheck >/dev/null && ! { [[ -n ${CI:-} ]] && apt_install "lint reads the scripts" shellcheck; }; then
    say "shellcheck is not installed: the scripts were not read (on Debian \`apt install shellcheck\`)."
    return 0
  fi
  git ls-files -z --cached --others --exclude-standard -- '*.sh' .ci/run | xargs -0 shellcheck -x
}

# The hosted workflow also asks for advisories, which need the network.
licences() {
  if ! command -v cargo-deny >/dev/null; then
    say "cargo-deny is not installed: the licence test of \`make test\` stands in for it."
    return 0
  fi
  cargo deny --locked check bans licenses sources
}

main
