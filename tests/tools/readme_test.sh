#!/usr/bin/env bash
# Tests of the commands in README.md: readme_test.sh TEST. CMake has put the blocks of sh and cmake
# into $README_DIR/commands/line_<number>.<language>, and the first whole C++ program of README.md
# into $README_DIR/files/program.cc.
set -euo pipefail
: "${SOURCE_DIR:?}" "${BUILD_DIR:?}" "${README_DIR:?}" "${CXX:?}" "${LAUNCHER?}"
unset DESTDIR CMAKE_PREFIX_PATH PKG_CONFIG_PATH LD_LIBRARY_PATH CONCORD_DEPS

fail() {
  printf 'README.md: %s\n' "$*" >&2
  exit 1
}

# The blocks of sh, in order: those that install concord and link it, which are run as they are, or
# all others, whose commands are checked.
sh_blocks() {  # installing|other
  local block
  while read -r block; do
    if grep -qE -- '--install|--prefix|pkg-config|^(c|g|clang)\+\+ |CMAKE_PREFIX_PATH' "$block"; then
      [[ $1 != installing ]] || printf '%s\n' "$block"
    else
      [[ $1 != other ]] || printf '%s\n' "$block"
    fi
  done < <(find "$README_DIR/commands" -name '*.sh' | sort -V)
}

# --- Commands that are not run here -------------------------------------------------------------

# The commands of a block, one a line: without comments, joined at \, split at && || ; | and &.
commands_of() {
  sed -e ':a' -e '/\\$/{N;s/\\\n//;ba}' -- "$1" |
    sed -E -e 's/(^|[[:space:]])#.*//' -e 's/&&|\|\||[;|&]/\n/g' |
    sed -E -e 's/^[[:space:]]+//' -e 's/[[:space:]]+$//' -e 's/^([A-Z_]+=[^ ]* +)+//' -e '/^$/d'
}

# has_flags COMMAND HELP: every flag of the command is a word of the help.
has_flags() {
  local word
  for word in $1; do
    word=${word%%=*}
    [[ $word != -* || $word == -- ]] || grep -qE -e "(^|[^a-z_-])$word([^a-z_-]|\$)" <<<"$2" ||
      fail "'$1' has the flag $word, which the help does not name"
  done
}

check_script() {  # COMMAND
  local script=${1%% *} help
  [[ -x $SOURCE_DIR/$script ]] || fail "'$1' names no executable"
  help=$("$SOURCE_DIR/$script" --help) || fail "'$script --help' fails"
  if [[ $script == scripts/demo ]]; then
    help+=$("$BUILD_DIR/examples/demo/concord-demo" --help) || fail "concord-demo --help fails"
  elif [[ $script == scripts/test ]]; then
    help+=$(ctest --help)
    [[ $1 != "$script "[a-z]* ]] || check_preset "--preset $(cut -d' ' -f2 <<<"$1")"
  fi
  has_flags "$1" "$help"
}

check_preset() {  # COMMAND
  local name
  name=$(sed -nE 's/.*--preset[ =]([a-z]+).*/\1/p' <<<"$1")
  [[ -n $name ]] || fail "'$1' is not checked by any test: add a check to tests/tools/readme_test.sh"
  (cd -- "$SOURCE_DIR" && cmake --list-presets) | grep -q "\"$name\"" ||
    fail "'$1' names a preset that does not exist"
}

check_example() {  # COMMAND
  local name program help
  name=$(basename -- "${1%% *}")
  program=$(find "$BUILD_DIR/examples" -name "$name" -type f -perm -u+x | head -n 1)
  [[ -n $program ]] || fail "'$1' needs $name, and the example is not built"
  help=$("$program" --help) || fail "$name --help fails"
  has_flags "$1" "$help"
}

check_phone_book() {  # COMMAND
  local program="$BUILD_DIR/examples/sim/phone-book-sim"
  [[ -x $program ]] || fail "'$1' needs phone-book-sim, and the example is not built"
  has_flags "$1" "$("$program" --help || true)"  # (asked for help, it exits with 1, as Abseil has it)
}

check_command() {  # COMMAND
  case $1 in
    scripts/*) check_script "$1" ;;
    'bash .ci/run') [[ -f $SOURCE_DIR/.ci/run ]] || fail "there is no .ci/run" ;;
    'cmake '* | 'ctest '*) check_preset "$1" ;;
    concord-node* | */concord-node* | */concord-kv*) check_example "$1" ;;
    */phone-book-sim*) check_phone_book "$1" ;;
    build/*/bench/*) [[ -x $BUILD_DIR/bench/$(basename -- "${1%% *}") ]] ||
      fail "'$1' names no benchmark" ;;
    'git clone '* | 'cd '* | 'echo '* | 'printf '* | 'kill '*) ;;
    *) fail "'$1' is not checked by any test: add a check to tests/tools/readme_test.sh" ;;
  esac
}

test_commands_are_valid() {
  local block command
  while read -r block; do
    while read -r command; do
      printf 'checking: %s\n' "$command"
      check_command "$command" </dev/null
    done < <(commands_of "$block")
  done < <(sh_blocks other)
}

# --- Commands that are run ----------------------------------------------------------------------

copy_tree() {  # TO
  mkdir -p -- "$1"
  tar -C "$SOURCE_DIR" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" -xf -
}

# A folder as a reader has it: a clone of concord, a home, and the program of README.md under every
# name that a command gives to a C++ file. git clone makes a copy; sudo is refused.
make_scratch() {  # FOLDER
  mkdir -p -- "$1/home" "$1/bin"
  copy_tree "$1/concord"
  cat >"$1/bin/git" <<'END'
#!/usr/bin/env bash
[[ $1 == clone && -n ${2:-} ]] || { echo "git $* is not known to this test" >&2; exit 1; }
to=${3:-$(basename -- "$2" .git)}
[[ -e $to ]] || cp -r -- "$CONCORD_CLONE" "$to"
END
  cat >"$1/bin/sudo" <<'END'
#!/usr/bin/env bash
echo "README.md: install below \$HOME, not with sudo, so that a test can run it" >&2
exit 1
END
  chmod +x -- "$1/bin/git" "$1/bin/sudo"
}

# Puts the program of README.md under each name of a C++ file that the block has.
place_program() {  # BLOCK FOLDER
  local name
  while read -r name; do
    cp -- "$README_DIR/files/program.cc" "$2/$name"
  done < <(grep -oE '[A-Za-z_]+\.(cc|cpp)\b' -- "$1" | sort -u)
}

# Runs the blocks that install and link, one after the other in one shell, as a reader would.
run_blocks() {  # SCRATCH
  local start="$1/concord" block script="$1/all.sh"
  ! sh_blocks installing | xargs -d '\n' grep -q '^git clone' -- || start="$1/work"
  mkdir -p -- "$start"
  while read -r block; do
    place_program "$block" "$start"
    printf '# %s\n' "$(basename -- "$block" .sh)"
    cat -- "$block"
  done < <(sh_blocks installing) >"$script"
  (
    cd -- "$start"
    export HOME="$1/home" PATH="$1/bin:$PATH" CONCORD_CLONE="$1/concord" CXX
    bash -euxo pipefail "$script" </dev/null
  )
}

# Each block of cmake is put into a project that links README's program and is built and run.
check_cmake_block() {  # BLOCK SCRATCH PREFIX
  local name project target tree
  name=$(basename -- "$1" .cmake)
  project="$2/$name"
  mkdir -p -- "$project"
  target=$(sed -nE 's/^target_link_libraries\(([A-Za-z_]+).*/\1/p' "$1" | head -n 1)
  [[ -n $target ]] || fail "the block of cmake at $name links nothing"
  place_program "$1" "$project"
  while read -r tree; do
    mkdir -p -- "$(dirname -- "$project/$tree")"
    ln -sfn -- "$SOURCE_DIR" "$project/$tree"
  done < <(sed -nE 's/^add_subdirectory\(([^ )]+).*/\1/p' "$1")
  {
    grep -q '^cmake_minimum_required' "$1" || echo 'cmake_minimum_required(VERSION 3.22)'
    grep -q '^project(' "$1" || echo 'project(readme LANGUAGES CXX)'
    if ! grep -q '^add_executable' "$1"; then
      cp -- "$README_DIR/files/program.cc" "$project/"
      echo "add_executable($target program.cc)"
    fi
    cat -- "$1"
  } >"$project/CMakeLists.txt"
  cmake -S "$project" -B "$project/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" -DCMAKE_PREFIX_PATH="$3" \
    -DFETCHCONTENT_SOURCE_DIR_CONCORD="$SOURCE_DIR"
  cmake --build "$project/build"
  timeout 60 "$project/build/$target" </dev/null
}

test_install_and_link() {
  local config prefix block
  # Not below the build folder: what pkg-config prints for a path with a space, no shell takes as it is.
  scratch=$(mktemp -d)
  trap 'rm -rf -- "$scratch"' EXIT
  [[ -n $(sh_blocks installing) ]] || fail "no block of sh installs concord"
  [[ -f $README_DIR/files/program.cc ]] || fail "no block of C++ is a whole program"
  if command -v ccache >/dev/null; then
    CCACHE_DIR=$(ccache --get-config cache_dir)
    export CCACHE_DIR
  fi
  make_scratch "$scratch"
  run_blocks "$scratch"

  config=$(find "$scratch" -name concordConfigVersion.cmake -path '*/lib*/cmake/*' | head -n 1)
  [[ -n $config ]] || fail "its commands installed nothing"
  prefix=$(cd -- "$(dirname -- "$config")/../../.." && pwd)
  while read -r block; do
    check_cmake_block "$block" "$scratch" "$prefix"
  done < <(find "$README_DIR/commands" -name '*.cmake' | sort -V)
}

"test_$1"
