#!/usr/bin/env bash
# Looks for secrets among the files that are committed, or about to be; `make lint` calls it.
#
#   scripts/secrets.sh              lists where something looks like one, and fails
#   scripts/secrets.sh --self-test  plants one of each kind in a repository of its own, and fails where it is overlooked
#
# A line that only looks like one says `no secret:` and why, at its end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# Names of files that hold nothing else.
names='(^|/)(\.env|\.npmrc\.local|id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|p12|pfx|jks|keystore|key))$'

# What services give out has a form of its own; the rest is told by the name in front of it.
# shellcheck disable=SC2016 # nothing in them is to be expanded
patterns=(
  '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----'
  '\b(AKIA|ASIA)[0-9A-Z]{16}\b'
  '\bgh[pousr]_[A-Za-z0-9]{36}'
  '\bgithub_pat_[A-Za-z0-9_]{50}'
  '\bglpat-[A-Za-z0-9_-]{20}'
  '\bxox[abposr]-[0-9A-Za-z-]{10}'
  '\bAIza[0-9A-Za-z_-]{35}'
  '\b[rs]k_live_[0-9A-Za-z]{20}'
  '\bnpm_[A-Za-z0-9]{36}'
  '\bcio[A-Za-z0-9]{32}\b'
  '\bmk_[A-Za-z0-9_-]{43}\b'
  '\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{20}'
  '[a-z]://[^][/ :@"'"'"'`<>{}$()]+:[^][/ :@"'"'"'`<>{}$()]{6,}@[A-Za-z0-9]'
  '(SECRET|PASSWORD|TOKEN|API_?KEY|secret|password|token|api_?key)["'"'"']?[ ]?[:=][ ]?["'"'"']?[A-Za-z0-9+/_-]*([0-9][A-Za-z+/_-]+){4}[A-Za-z0-9+/_-]{8}'
)

# Prints what looks like a secret in the repository at the current folder; fails where there is nothing.
scan() {
  local pattern expression='' found=1
  for pattern in "${patterns[@]}"; do expression+="${expression:+|}$pattern"; done
  if git ls-files --cached --others --exclude-standard | grep -E "$names"; then found=0; fi
  # Lock files are full of digests, and recordings and pictures of anything.
  if git grep --untracked --exclude-standard -nIE -e "$expression" -- . ':!*.lock' ':!*package-lock.json' ':!fuzz/corpus' |
    grep -vE 'no secret: |//user:password@'; then
    found=0
  fi
  return "$found"
}

# The planted ones are put together here, so that they are not found in this file.
self_test() {
  local folder plant letters=aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG overlooked=0
  folder=$(mktemp -d "${TMPDIR:-/tmp}/mockly-secrets.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$folder'" EXIT
  git -C "$folder" init --quiet
  cd "$folder"
  for plant in "-----BEGIN RSA PRIVATE"" KEY-----" "AKIA""ABCDEFGHIJKLMNOP" "ghp""_${letters:0:36}" "github""_pat_$letters$letters" \
    "glpat""-${letters:0:20}" "xoxb""-1234567890-abc" "AIza""${letters:0:35}" "sk""_live_${letters:0:24}" "npm""_${letters:0:36}" \
    "cio""${letters:0:32}" "mk""_${letters:0:43}" "eyJ""hbGciOiJIUzI1NiJ9.eyJ""zdWIiOiJhZGEifQ.${letters:0:43}" \
    "postgres://mockly"":hunter2hunter2@db.example" "ACCESS_TOKEN_SECRET""=${letters:0:32}" "password"": \"${letters:0:24}\""; do
    printf 'a line\n%s\n' "$plant" >planted
    if ! scan >/dev/null; then
      say "overlooked: $plant"
      overlooked=1
    fi
  done
  rm planted
  touch server.pem
  scan >/dev/null || { say "overlooked: a key by its file's name"; overlooked=1; }
  rm server.pem
  echo 'nothing here' >planted
  if scan; then die "found where there is nothing"; fi
  ((overlooked == 0)) || die "what was planted is not found"
}

case ${1:-} in
'') if scan >&2; then die "these look like secrets; take them out, and change them where they were pushed"; fi ;;
--self-test) self_test ;;
*) die "the only option is --self-test, not \"$1\"" ;;
esac
