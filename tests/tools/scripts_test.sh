#!/usr/bin/env bash
# Tests of scripts/: scripts_test.sh TEST. Each runs the real scripts, from a copy in a folder with
# a space in its name, with the system's tools replaced by fakes that note how they are called.
# shellcheck disable=SC2016  # the bodies of the fakes are not to be expanded here
set -euo pipefail
: "${SOURCE_DIR:?}"

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
tree="$scratch/a tree"
calls="$scratch/calls"
out="$scratch/out"
err="$scratch/err"
mkdir -p -- "$tree/.ci" "$scratch/bin" "$scratch/elsewhere"
cp -r -- "$SOURCE_DIR/scripts" "$tree/scripts"
cp -- "$SOURCE_DIR/.ci/run" "$tree/.ci/run"
cp -- "$SOURCE_DIR/CMakePresets.json" "$tree/"
printf 'ID=debian\n' >"$scratch/debian"
printf 'ID=fedora\nID_LIKE="rhel"\n' >"$scratch/fedora"
: >"$calls"
export CALLS=$calls
export CONCORD_OS_RELEASE="$scratch/debian"
unset CONCORD_DEPS

# --- Fakes --------------------------------------------------------------------------------------

for tool in awk basename bash cat cut dirname env find grep head mkdir mktemp readlink rm sed sort \
  tail touch wc; do
  ln -s "$(command -v "$tool")" "$scratch/bin/$tool"
done

fake() {  # NAME: a program that notes its call and then does what stdin says
  {
    printf '#!/usr/bin/env bash\nprintf "%%s\\n" "%s $*" >>"$CALLS"\n' "$1"
    cat
  } >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}

user_is() { fake id <<<"echo $1"; }

# Every package is installed but those named.
missing() {
  fake dpkg-query <<<'
    for name in "$@"; do
      case " '"$*"' " in
        *" $name "*) echo "dpkg-query: no packages found matching $name" >&2 ;;
        *) [[ $name == -* || $name == *{* ]] || echo "installed $name" ;;
      esac
    done'
}

debian() {  # MISSING...
  fake apt-get <<<'echo "frontend=${DEBIAN_FRONTEND:-}" >>"$CALLS"; if read -r; then exit 9; fi'
  fake dpkg </dev/null
  missing "$@"
  user_is 0
}

# A cmake whose build leaves a demo and a fuzz target that note how they are called.
builds() {
  debian
  fake cmake <<<'
    case "$*" in
      "--preset "*) mkdir -p "build/$2"; touch -d "tomorrow" "build/$2/build.ninja" ;;
      *"--preset release"*)
        mkdir -p build/release/examples/demo
        printf "#!/bin/sh\necho demo: \"\$@\"\n" >build/release/examples/demo/concord-demo ;;
      *"--preset fuzz"*)
        mkdir -p build/fuzz/fuzz
        cp "$FUZZ_TARGET" build/fuzz/fuzz/codec_fuzz ;;
    esac
    for file in build/release/examples/demo/concord-demo build/fuzz/fuzz/codec_fuzz; do
      [[ ! -f $file ]] || chmod +x "$file"
    done'
  ln -sf "$(command -v chmod)" "$(command -v cp)" "$scratch/bin/"
  fake ctest <<<'echo "100% tests passed"; exit "${CTEST_STATUS:-0}"'
}

fuzzers_start_from_something() {
  mkdir -p -- "$tree/fuzz/corpus/codec_fuzz"
  : >"$tree/fuzz/codec_fuzz.dict"
}

# --- Checks -------------------------------------------------------------------------------------

fail() {
  printf 'FAILED: %s\n--- stdout\n%s\n--- stderr\n%s\n--- calls\n%s\n' "$*" "$(cat "$out")" \
    "$(cat "$err")" "$(cat "$calls")" >&2
  exit 1
}

# run STATUS SCRIPT [ARGUMENT...]: runs a script of the tree from another folder.
run() {
  local expected=$1 status=0
  shift
  (cd -- "$scratch/elsewhere" && PATH="$scratch/bin" "$tree/$1" "${@:2}" </dev/null) \
    >"$out" 2>"$err" || status=$?
  [[ $status == "$expected" ]] || fail "$* ended with status $status, not $expected"
}

# need STATUS GROUP...: the check for packages alone.
need() {
  local expected=$1 status=0
  shift
  PATH="$scratch/bin" bash -c '
    set -euo pipefail
    source "$0/scripts/lib/common.sh"
    source "$0/scripts/lib/packages.sh"
    need "$@"' "$tree" "$@" </dev/null >"$out" 2>"$err" || status=$?
  [[ $status == "$expected" ]] || fail "need $* ended with status $status, not $expected"
}

says() { grep -qF -e "$1" -- "$err" || fail "stderr lacks '$1'"; }
says_not() { ! grep -qF -e "$1" -- "$err" || fail "stderr has '$1'"; }
called() { grep -qxF -e "$1" -- "$calls" || fail "there was no call '$1'"; }
never_called() { ! grep -q -e "^$1" -- "$calls" || fail "$1 was called"; }
silent() { [[ ! -s $out && ! -s $err ]] || fail "it printed something"; }

# --- Tests: packages ----------------------------------------------------------------------------

test_nothing_missing() {
  debian
  need 0 build test sanitize demo
  silent
  never_called apt-get
}

test_root_installs_what_is_missing() {
  debian ninja-build wamerican
  need 0 build demo
  called 'apt-get -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 update'
  called 'apt-get -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install --fix-broken --no-install-recommends -- ninja-build wamerican'
  called 'frontend=noninteractive'
  says 'ninja-build              runs the build'
  says 'wamerican                is the word list that the demo looks up'
  says_not 'cmake'
}

test_only_the_asked_groups_count() {
  debian wamerican clang-19
  need 0 build test
  silent
}

test_an_interrupted_installation_is_completed_first() {
  debian ninja-build
  fake dpkg <<<'touch "$CALLS.completed"; exit 1'  # fails for what only the install can mend
  fake apt-get <<<'[[ -e $CALLS.completed ]] || { echo "E: dpkg was interrupted" >&2; exit 100; }'
  need 0 build
  called 'dpkg --configure -a'
}

test_failed_install_is_told() {
  debian ninja-build
  fake apt-get <<<'echo "E: Unable to locate package" >&2; exit 100'
  need 1 build
  says 'E: Unable to locate package'
  says 'apt-get could not install them'
}

test_sudo_without_password_is_used() {
  debian ninja-build
  user_is 1000
  fake sudo <<<'[[ $1 == -n ]] || exit 9; shift; "$@"'
  need 0 build
  called 'sudo -n true'
  called 'apt-get -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install --fix-broken --no-install-recommends -- ninja-build'
  called 'frontend=noninteractive'
}

test_without_root_the_command_is_told() {
  debian ninja-build wamerican
  user_is 1000
  run 1 scripts/demo
  never_called apt-get
  says 'ninja-build              runs the build'
  says 'Run this command as root:'
  says '  apt-get update && apt-get install -y --no-install-recommends ninja-build wamerican'
  says "Then run $tree/scripts/demo again."
}

test_with_a_sudo_that_asks_the_command_is_told() {
  debian ninja-build
  user_is 1000
  fake sudo <<<'exit 1'
  run 1 scripts/test
  never_called apt-get
  says "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ninja-build'"
  says "Then run $tree/scripts/test again."
}

test_off_debian_the_libraries_are_told() {
  run 1 scripts/demo
  says 'gRPC 1.51.1                  carries the calls between nodes'
  says '/usr/share/dict/words'
  says_not 'GoogleTest'
  says_not 'libgrpc++-dev'
  says "  CONCORD_DEPS=present $tree/scripts/demo"
}

test_another_system_with_dpkg_is_not_debian() {
  debian ninja-build
  CONCORD_OS_RELEASE="$scratch/fedora"
  run 1 scripts/test
  never_called apt-get
  says 'GoogleTest 1.12.1'
  says "  CONCORD_DEPS=present $tree/scripts/test"
}

test_the_check_can_be_skipped() {
  export CONCORD_DEPS=present
  need 0 build test
  silent
}

test_every_package_has_a_reason() {
  local count
  # shellcheck source=scripts/lib/packages.sh
  source "$SOURCE_DIR/scripts/lib/packages.sh"
  : >"$out" && : >"$err"
  count=$(grep -c . <<<"$CONCORD_PACKAGES")
  [[ $count == $(grep -cE '^[a-z]+ *\| [a-z0-9+-]+ *\| [^|]+ *\| [a-z][^|]+$' <<<"$CONCORD_PACKAGES") ]] ||
    fail "a line of the packages is not 'group | package | version | why'"
}

# --- Tests: the commands ------------------------------------------------------------------------

test_help_is_given() {
  local script
  debian
  for script in scripts/test scripts/demo scripts/fuzz scripts/coverage scripts/sim scripts/chaos scripts/explore scripts/paper scripts/bench scripts/format scripts/make-test-certs .ci/run; do
    run 0 "$script" --help
    grep -qE "^Usage: .*$script" -- "$out" || fail "$script --help does not say how to use it"
  done
  never_called apt-get
}

test_wrong_arguments_are_refused() {
  builds
  run 2 scripts/test msan
  says "'msan' is not a build that can be tested"
  run 2 scripts/fuzz soon
  says "'soon' is not a number of seconds"
  run 2 scripts/fuzz 10 20
  run 2 scripts/fuzz 0
  run 2 scripts/coverage much
  says "'much' is not a percentage"
  run 2 scripts/coverage 101
  run 2 scripts/format --all
  run 2 scripts/make-test-certs
  says 'name the folder to make certificates in'
  run 2 scripts/make-test-certs --forever certs
  says "'--forever' is not an option"
  never_called cmake
}

test_certificates_are_made() {
  local certs="$scratch/certs folder" before
  make_certs() { "$tree/scripts/make-test-certs" "$@" >"$out" 2>"$err" || fail "make-test-certs $*"; }
  verified() { openssl verify -CAfile "$certs/ca.pem" "$certs/$1.pem" >>"$out" 2>&1; }
  names_of() { openssl x509 -in "$certs/$1.pem" -noout -ext subjectAltName; }

  make_certs "$certs" alice 'bob %1'
  silent
  { verified alice && verified 'bob %1'; } || fail 'a certificate does not lead to the CA'
  names_of alice | grep -qF 'DNS:localhost, IP Address:127.0.0.1,' || fail 'alice has other hosts'
  names_of 'bob %1' | grep -q 'URI:concord:bob%20%251$' || fail "bob's name is not in the certificate"

  before=$(cat "$certs/ca.pem")
  make_certs --expired --no-name --host=::1 --host=a.example "$certs" alice
  [[ $(cat "$certs/ca.pem") == "$before" ]] || fail 'the CA was replaced'
  ! verified alice || fail 'the certificate has not expired'
  [[ $(names_of alice) == *'IP Address:0:0:0:0:0:0:0:1, DNS:a.example' ]] || fail 'other names'
}

test_suite_ends_with_the_status_of_ctest() {
  builds
  CTEST_STATUS=8 run 8 scripts/test
  called 'cmake --preset dev'
  called 'cmake --build --preset dev'
  called 'ctest --preset dev -j2'
  [[ $(tail -n 1 "$out") == '100% tests passed' ]] || fail 'something follows the summary'
}

test_suite_passes_arguments_on() {
  builds
  run 0 scripts/test tsan -R 'a b'
  called 'ctest --preset tsan -j2 -R a b'
  run 0 scripts/test -V
  called 'ctest --preset dev -j2 -V'
}

test_a_second_run_does_not_configure() {
  builds
  run 0 scripts/test
  : >"$calls"
  run 0 scripts/test
  called 'cmake --build --preset dev'
  ! grep -qx 'cmake --preset dev' "$calls" || fail 'it configured again'
}

test_demo_passes_arguments_on() {
  builds
  run 0 scripts/demo --nodes=3 'two words'
  called 'cmake --build --preset release --target examples/all'
  [[ $(cat "$out") == 'demo: --nodes=3 two words' ]] || fail 'the demo got other arguments'
  run 0 scripts/demo -- --help
  [[ $(cat "$out") == 'demo: --help' ]] || fail 'the demo did not get --help'
}

test_a_failed_build_shows_why() {
  builds
  fake cmake <<<'
    case "$*" in
      "--preset "*) mkdir -p "build/$2"; touch "build/$2/build.ninja" ;;
      *) printf "[1/2] ok.cc\nFAILED: bad.cc\nbad.cc:1: error: no\n"; exit 1 ;;
    esac'
  run 1 scripts/test
  says 'bad.cc:1: error: no'
  says_not 'ok.cc'
  says 'the build failed'
  never_called ctest
}

test_a_failed_configure_shows_why() {
  builds
  fake cmake <<<'echo "CMake Error: no such compiler"; exit 1'
  run 1 scripts/demo
  says 'CMake Error: no such compiler'
  says 'could not configure build/release'
}

test_fuzz_runs_the_corpus() {
  builds
  fuzzers_start_from_something
  printf '#!/bin/sh\necho "fuzz $*" >>"$CALLS"\necho "stat::number_of_executed_units: 5"\n' \
    >"$scratch/target"
  FUZZ_TARGET="$scratch/target" run 0 scripts/fuzz 7
  grep -q "^fuzz -max_total_time=7 .*-dict=$tree/fuzz/codec_fuzz.dict .*$tree/build/fuzz/found/codec_fuzz $tree/fuzz/corpus/codec_fuzz$" \
    "$calls" || fail 'the target was not run on the corpus'
  says 'executions: 5'
}

test_a_crash_is_told_with_its_replay() {
  builds
  fuzzers_start_from_something
  printf '#!/bin/sh\necho "ERROR: heap-buffer-overflow"\necho "artifact_prefix=x; Test unit written to /c/crash-1"\nexit 77\n' \
    >"$scratch/target"
  FUZZ_TARGET="$scratch/target" run 1 scripts/fuzz 7
  says 'heap-buffer-overflow'
  says 'To replay it:'
  says 'a\ tree/build/fuzz/fuzz/codec_fuzz /c/crash-1'
}

test_a_target_without_corpus_is_refused() {
  builds
  printf '#!/bin/sh\n' >"$scratch/target"
  FUZZ_TARGET="$scratch/target" run 1 scripts/fuzz 7
  says 'the folder fuzz/corpus/codec_fuzz is missing'
}

test_a_target_without_words_is_refused() {
  builds
  mkdir -p -- "$tree/fuzz/corpus/codec_fuzz"
  printf '#!/bin/sh\n' >"$scratch/target"
  FUZZ_TARGET="$scratch/target" run 1 scripts/fuzz 7
  says 'the file fuzz/codec_fuzz.dict is missing'
}

test_ci_runs_everything_and_ends_with_the_tests() {
  builds
  fuzzers_start_from_something
  printf '#!/bin/sh\n' >"$scratch/target"
  FUZZ_TARGET="$scratch/target" run 0 .ci/run
  [[ ! -s $err ]] || fail 'it writes to two streams'
  [[ $(tail -n 1 "$out") == '100% tests passed' ]] || fail 'something follows the summary'
  [[ $(grep '^ctest' "$calls" | cut -d' ' -f3 | tr '\n' ' ') == 'asan tsan dev ' ]] ||
    fail 'the suites were not run in order'
}

test_ci_stops_at_the_first_failure() {
  builds
  fuzzers_start_from_something
  printf '#!/bin/sh\n' >"$scratch/target"
  FUZZ_TARGET="$scratch/target" CTEST_STATUS=8 run 1 .ci/run
  grep -q "'scripts/test asan' failed after" "$out" || fail 'it does not name the step'
  [[ $(grep -c '^ctest' "$calls") == 1 ]] || fail 'it went on'
}

# --- Tests: the text of the scripts -------------------------------------------------------------

# Every script of the tree, or of the tests.
list_scripts() {
  cd -- "$SOURCE_DIR"
  grep -rlE '^(#!/usr/bin/env bash|# shellcheck shell=bash)' -- scripts .ci tests
}

test_syntax() {
  local script
  while read -r script; do
    bash -n -- "$SOURCE_DIR/$script" || exit 1
  done < <(list_scripts)
}

test_lint() {
  cd -- "$SOURCE_DIR"
  list_scripts | xargs -d '\n' shellcheck -x --
}

"$1"
