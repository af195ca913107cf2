# Sourced by the scripts: what concord needs from the system, why, and how to get it.
# shellcheck shell=bash

# One line each: group | Debian package | library or program, and the version tested | why
CONCORD_PACKAGES='
build    | g++                    | GCC 12.2 (C++20)           | compiles the library
build    | cmake                  | CMake 3.25 (3.22 or newer) | describes the build
build    | ninja-build            | Ninja 1.11                 | runs the build
build    | ccache                 | ccache 4.7 (optional)      | compiles nothing twice
build    | libgrpc++-dev          | gRPC 1.51.1                | carries the calls between nodes
build    | protobuf-compiler-grpc | grpc_cpp_plugin 1.51.1     | is named by the CMake files of gRPC
build    | libprotobuf-dev        | Protocol Buffers 3.21.12   | holds the messages between nodes
build    | protobuf-compiler      | protoc 3.21.12             | generates their C++
build    | libabsl-dev            | Abseil 20220623            | gives Status, Duration and flags
build    | libspdlog-dev          | spdlog 1.10 with fmt 9.1   | writes the log
build    | libssl-dev             | OpenSSL 3.0                | hashes keys (SHA-256)
build    | libbenchmark-dev       | Google Benchmark 1.7.1     | times the benchmarks
build    | librocksdb-dev         | RocksDB 7.8 (optional)     | keeps the entries of concord-kv
build    | prometheus-cpp-dev     | prometheus-cpp 1.0 (opt.)  | tells the metrics of concord-kv
test     | libgtest-dev           | GoogleTest 1.12.1          | runs the tests
test     | libgmock-dev           | GoogleMock 1.12.1          | words their expectations
test     | openssl                | OpenSSL 3.0                | makes the certificates that tests use
test     | python3-grpcio         | gRPC 1.51.1 for Python     | plays a node of the Go library
test     | python3-protobuf       | Protobuf 3.21 for Python   | reads its messages
test     | pkgconf                | pkgconf 1.8 (pkg-config)   | links the program that tests concord.pc
sanitize | clang-19               | Clang 19.1                 | builds the sanitized and the fuzzed programs
sanitize | libclang-rt-19-dev     | compiler-rt 19.1           | is the runtime of sanitizers and libFuzzer
coverage | llvm-19                | llvm-cov 19.1              | counts the lines that the tests reach
chaos    | iproute2               | iproute2 6.1               | connects the network namespaces of the nodes
chaos    | nftables               | nftables 1.0.6             | drops, splits and resets what they say
demo     | wamerican              | /usr/share/dict/words      | is the word list that the demo looks up
paper    | gnuplot-nox            | gnuplot 5.4                | draws the plots of docs/paper.md
format   | clang-format-19        | clang-format 19.1          | formats the sources
lint     | shellcheck             | ShellCheck 0.9             | checks the scripts
'

# need GROUP...: returns when every package of the groups is installed, and installs what is
# missing. Says nothing when nothing is missing. Exits with status 1 and says what to do when it
# cannot install. CONCORD_DEPS=present skips the check.
need() {
  [[ ${CONCORD_DEPS:-} != present ]] || return 0
  is_debian || explain_libraries "$@"

  local missing
  missing=$(missing_packages "$@")
  [[ -n $missing ]] || return 0

  local packages
  mapfile -t packages <<<"$missing"
  if [[ $(id -u) == 0 ]]; then
    install_packages '' "${packages[@]}"
  elif sudo -n true >/dev/null 2>&1; then
    install_packages 'sudo -n' "${packages[@]}"
  else
    explain_packages "${packages[@]}"
  fi
}

# The lines of the groups, without spaces around the columns.
package_lines() {
  local group
  for group in "$@"; do
    sed -n "s/ *| */|/g; s/^$group|/&/p" <<<"$CONCORD_PACKAGES"
  done
}

is_debian() {
  local release=${CONCORD_OS_RELEASE:-/etc/os-release}
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null &&
    grep -qsE '^ID(_LIKE)?=.*(debian|ubuntu)' -- "$release"
}

missing_packages() {
  local names installed
  mapfile -t names < <(package_lines "$@" | cut -d'|' -f2)
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null || true)
  printf '%s\n' "${names[@]}" |
    { grep -vxF -f <(sed -n 's/^installed //p' <<<"$installed") || true; }
}

# list_packages NAME...: each with what it is for.
list_packages() {
  local name
  for name in "$@"; do
    awk -F ' *[|] *' -v name="$name" '$2 == name { printf "  %-24s %s\n", $2, $4 }' \
      <<<"$CONCORD_PACKAGES" >&2
  done
}

install_packages() {  # AS NAME...; AS is empty or 'sudo -n'
  local as=() log
  read -ra as <<<"$1"
  shift
  log=$(mktemp)
  say "Installing the Debian packages that are missing:"
  list_packages "$@"
  # An installation that was interrupted, by anybody, has to be completed before another starts. That
  # may fail for a package of which only the install has the rest, and a failed update may still
  # leave lists that know the packages: so only the install decides.
  if ! {
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a </dev/null || true
    run_apt update || true
    run_apt install --fix-broken --no-install-recommends -- "$@"
  } >"$log" 2>&1; then
    tail -n 20 -- "$log" >&2
    rm -f -- "$log"
    die 1 "apt-get could not install them; what it said last is above"
  fi
  rm -f -- "$log"
}

run_apt() {  # uses `as` of its caller
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# Without the right to install: names the one command, and leaves.
explain_packages() {
  local command="apt-get update && apt-get install -y --no-install-recommends $*"
  say "These Debian packages are missing, and installing them needs root:"
  list_packages "$@"
  say ""
  if command -v sudo >/dev/null; then
    say "Run this command:"
    say "  sudo sh -c '$command'"
  else
    say "Run this command as root:"
    say "  $command"
  fi
  say "Then run $0 again."
  exit 1
}

# Where packages have other names: lists the libraries, and leaves.
explain_libraries() {
  say "This is not a Debian or Ubuntu system, so nothing can be installed for you. concord needs"
  say "these (in the versions that it is tested with; others may do):"
  package_lines "$@" | awk -F '|' '{ printf "  %-28s %s\n", $3, $4 }' >&2
  say ""
  say "Install them with your own package manager, then go on without this check:"
  say "  CONCORD_DEPS=present $0"
  exit 1
}
