# Sourced by the scripts: where the tree is, how to speak, how to build a preset.
# shellcheck shell=bash

CONCORD_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf '%s\n' "$*" >&2; }

die() {  # STATUS MESSAGE...
  local status=$1
  shift
  say "$(basename -- "$0"): $*"
  exit "$status"
}

# Prints the comment at the head of the calling script: that is its --help.
print_usage() {
  sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' -- "$0"
}

# configure PRESET: makes the build folder, unless it is there and younger than the presets.
configure() {
  local preset=$1 ninja_file="$CONCORD_ROOT/build/$1/build.ninja" log="$CONCORD_ROOT/build/$1.log"
  [[ -f $ninja_file && $ninja_file -nt $CONCORD_ROOT/CMakePresets.json ]] && return
  mkdir -p -- "$CONCORD_ROOT/build"
  say "Configuring ($preset)"
  if ! (cd -- "$CONCORD_ROOT" && cmake --preset "$preset") >"$log" 2>&1; then
    cat -- "$log" >&2
    die 1 "could not configure build/$preset; the reason is above, and in build/$preset.log"
  fi
}

# build PRESET [TARGET...]: configures and builds. A terminal sees ninja's own progress line; a log
# sees a line at the start and at the end, and what the compiler said if it failed. Nobody sees
# anything if there is nothing to do.
build() {
  local preset=$1 log="$CONCORD_ROOT/build/$1.log" started=$SECONDS
  shift
  configure "$preset"
  local command=(cmake --build --preset "$preset")
  (($# == 0)) || command+=(--target "$@")
  up_to_date && return

  say "Building ($preset)"
  if [[ -t 1 ]]; then
    (cd -- "$CONCORD_ROOT" && "${command[@]}") || die 1 "the build failed (build/$preset)"
  elif (cd -- "$CONCORD_ROOT" && "${command[@]}") >"$log" 2>&1; then
    say "Built ($preset) in $((SECONDS - started)) s"
  else
    print_failures "$log" >&2
    die 1 "the build failed; the whole log is build/$preset.log"
  fi
}

up_to_date() {  # uses `command` of build
  (cd -- "$CONCORD_ROOT" && "${command[@]}" -- -n 2>&1) | grep -q 'no work to do'
}

# Prints a build log from its first failure on, or its end if it names none.
print_failures() {
  if grep -q '^FAILED' -- "$1"; then
    sed -n '/^FAILED/,$p' -- "$1"
  else
    tail -n 100 -- "$1"
  fi
}
