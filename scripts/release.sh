#!/usr/bin/env bash
# The steps of a release, for the hosted workflow and for doing it by hand; RELEASING.md says when.
#
#   scripts/release.sh check TAG      sees that the tag is the version of Cargo.toml and has its section in the changelog
#   scripts/release.sh notes TAG      prints that section
#   scripts/release.sh build NAME     builds the binary with its UI into target/dist/mockly-VERSION-NAME.tar.gz
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

main() {
  case ${1:-} in
  check) check "${2:?check needs a tag}" ;;
  notes) notes "${2:?notes needs a tag}" ;;
  build) build "${2:?build needs the name of the system, for example x86_64-linux}" ;;
  *)
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  esac
}

version() {
  sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml
}

check() {
  [[ $1 == "v$(version)" ]] || die "the tag is $1, but the version in Cargo.toml is $(version)"
  [[ -n $(notes "$1") ]] || die "CHANGELOG.md has no section for $1, or nothing in it"
}

# What stands between the heading of this version and the next one.
notes() {
  awk -v heading="## [${1#v}]" 'index($0, "## [") == 1 { is_it = index($0, heading) == 1; next } is_it' CHANGELOG.md |
    sed '/./,$!d'
}

build() {
  local target name
  target=$(target_folder)
  name=mockly-$(version)-$1
  scripts/web.sh build
  [[ -f web/dist/index.html ]] || die "a release has the web UI in it, which takes Node.js 20 or newer"
  cargo build --locked --release --package mockly
  mkdir -p "target/dist/$name"
  cp "$target/release/mockly" LICENSE README.md CHANGELOG.md .env.example "target/dist/$name/"
  cp -r deploy docs "target/dist/$name/"
  tar --create --gzip --owner=0 --group=0 --directory target/dist --file "target/dist/$name.tar.gz" "$name"
  rm -r "target/dist/$name"
}

main "$@"
