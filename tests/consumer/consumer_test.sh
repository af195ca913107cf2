#!/usr/bin/env bash
# The steps of the consumer tests, one a call: consumer_test.sh STEP [static|shared]
# ctest sets the variables; see CMakeLists.txt beside this file.
set -euo pipefail
: "${SOURCE_DIR:?}" "${BUILD_DIR:?}" "${BUILD_KIND:?}" "${BUILD_TYPE:?}" "${WORK_DIR:?}"
: "${HERE:=$SOURCE_DIR/tests/consumer}" "${GENERATOR:?}" "${CXX:?}" "${LAUNCHER?}" "${WERROR:?}"
unset DESTDIR CMAKE_PREFIX_PATH PKG_CONFIG_PATH CXXFLAGS LDFLAGS

step=$1
kind=${2:-$BUILD_KIND}
prefix="$WORK_DIR/$kind/prefix"  # the installed tree

fail() {
  printf 'consumer test: %s\n' "$*" >&2
  exit 1
}

# configure SOURCE BUILD [ARGUMENT...]
configure() {
  cmake -S "$1" -B "$2" -G "$GENERATOR" -DCMAKE_BUILD_TYPE="$BUILD_TYPE" \
    -DCMAKE_CXX_COMPILER="$CXX" "${@:3}"
}

# A build of concord inside another build folder. Named from that folder, what it generates looks
# to ccache as it does in the main build, and is not compiled again.
build_with_ccache() {  # BUILD
  CCACHE_BASEDIR=$1 CCACHE_NOHASHDIR=1 cmake --build "$1" --parallel 2
}

run_consumer() {  # PROGRAM
  LD_LIBRARY_PATH=$(library_dir) timeout 60 "$1"
}

library_dir() { dirname -- "$(find "$prefix" -name 'libconcord.*' | head -n 1)"; }

# --- Steps --------------------------------------------------------------------------------------

# Installs into a scratch folder that then gets another name: nothing installed may depend on it.
install_concord() {
  local build=$BUILD_DIR
  rm -rf -- "${WORK_DIR:?}/$kind/stage" "$prefix"
  if [[ $kind != "$BUILD_KIND" ]]; then
    build="$WORK_DIR/$kind/build"
    local shared=OFF
    [[ $kind == static ]] || shared=ON
    configure "$SOURCE_DIR" "$build" -DBUILD_SHARED_LIBS=$shared -DCONCORD_WERROR="$WERROR" \
      -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" -DCONCORD_BUILD_TESTS=OFF \
      -DCONCORD_BUILD_EXAMPLES=OFF -DCONCORD_BUILD_BENCH=OFF
    build_with_ccache "$build"
  fi
  cmake --install "$build" --prefix "$WORK_DIR/$kind/stage"
  mv -- "$WORK_DIR/$kind/stage" "$prefix"
}

# What is installed, and that it names no folder of this machine.
check_contents() {
  local file library=libconcord.a
  [[ $kind == static ]] || library=libconcord.so
  for file in concord/node.h concord/config.h concord/types.h concord.proto concord.pc \
    concordConfig.cmake concordConfigVersion.cmake concordTargets.cmake "$library" LICENSE \
    concord/sim/cluster.h concord-sim.pc "${library/concord/concord_sim}"; do
    [[ -n $(find "$prefix" -path "*/$file") ]] || fail "$file is not installed"
  done
  (cd -- "$SOURCE_DIR/include" && find . -name '*.h' | sort) >"$WORK_DIR/$kind/public"
  (cd -- "$prefix/include" && find . -type f | sort) | diff "$WORK_DIR/$kind/public" - ||
    fail "the installed headers are not the public ones"

  local bare="$WORK_DIR/$kind/bare"  # without debug information, which does name source files
  rm -rf -- "$bare" && cp -r -- "$prefix" "$bare"
  find "$bare" \( -name '*.a' -o -name '*.so.*' \) -type f -exec objcopy --strip-debug {} \;
  ! grep -rlF -e "$SOURCE_DIR" -e "$BUILD_DIR" -e "$WORK_DIR" -- "$bare" ||
    fail "these installed files name a folder of the machine that built them"
}

check_destdir() {
  rm -rf -- "${WORK_DIR:?}/destdir"
  DESTDIR="$WORK_DIR/destdir" cmake --install "$BUILD_DIR" --prefix /opt/concord
  [[ -f $WORK_DIR/destdir/opt/concord/include/concord/node.h ]] || fail "DESTDIR is not obeyed"
  local pc
  pc=$(find "$WORK_DIR/destdir/opt/concord" -name concord.pc)
  # shellcheck disable=SC2016  # the file is to have these very characters
  grep -q '^prefix=${pcfiledir}/' -- "$pc" || fail "concord.pc has a fixed prefix"
}

consume_with_find_package() {
  local build="$WORK_DIR/$kind/find_package"
  rm -rf -- "$build"
  configure "$HERE/program" "$build" -DCMAKE_PREFIX_PATH="$prefix"
  cmake --build "$build" --parallel 2
  run_consumer "$build/consumer"
  run_consumer "$build/consumer_sim"
}

# What pkg-config prints, as an array. It has a backslash before a space in a path.
read_flags() {  # ARRAY
  # shellcheck disable=SC2162
  read -a "$1"
}

consume_with_pkg_config() {
  local flags=(-std=c++17 -Wall -Wextra -Wpedantic -Werror) cflags libs header program
  PKG_CONFIG_PATH="$(library_dir)/pkgconfig"
  export PKG_CONFIG_PATH
  for header in "$prefix"/include/concord/*.h "$prefix"/include/concord/sim/*.h; do
    read_flags cflags < <(pkg-config --cflags concord-sim)
    "$CXX" "${flags[@]}" "${cflags[@]}" -fsyntax-only -include "$header" -x c++ /dev/null
  done
  for program in main:concord sim:concord-sim; do
    read_flags cflags < <(pkg-config --cflags "${program#*:}")
    read_flags libs < <(pkg-config --libs "${program#*:}")
    "$CXX" "${flags[@]}" "${cflags[@]}" "$HERE/program/${program%:*}.cc" \
      -o "$WORK_DIR/$kind/consumer" "${libs[@]}"
    run_consumer "$WORK_DIR/$kind/consumer"
  done
  local protodir
  protodir=$(pkg-config --variable=protodir concord)
  [[ -f ${protodir//\\/}/concord.proto ]] ||  # (pkg-config escapes what a shell would split)
    fail "protodir of concord.pc has no concord.proto"
}

consume_with_add_subdirectory() {
  local build="$WORK_DIR/add_subdirectory"
  configure "$HERE/program" "$build" -DCONCORD_TREE="$SOURCE_DIR" -DCONCORD_WERROR="$WERROR" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER"
  build_with_ccache "$build"
  run_consumer "$build/consumer"
  run_consumer "$build/consumer_sim"
}

check_version() {
  rm -rf -- "${WORK_DIR:?}/version"
  configure "$HERE/version" "$WORK_DIR/version" -DCMAKE_PREFIX_PATH="$prefix"
}

mkdir -p -- "$WORK_DIR/$kind"
"$step"
