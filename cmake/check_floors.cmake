# The house rules that a compiler does not check. Run with cmake -DROOT=<source tree> -P <this file>.
#
# An include may only go down the floors:
#   4  examples/ tests/ fuzz/ bench/             anything
#   3  include/concord/ src/*.cc src/cluster/    2, 1
#   2  src/runtime/ and src/sim/                 1, and not each other
#   1  src/core/                                 the standard library, Abseil values, concord/types.h,
#                                                concord/replicas.h
cmake_minimum_required(VERSION 3.22)
set(violations "")

# Says in which files below `globs` a line matches `pattern`, unless it also matches `except`.
function(forbid globs pattern except why)
  set(found "")
  foreach(glob IN LISTS globs)
    file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${glob})
    foreach(file IN LISTS files)
      file(STRINGS ${ROOT}/${file} lines REGEX "${pattern}")
      foreach(line IN LISTS lines)
        if(except STREQUAL "" OR NOT line MATCHES "${except}")
          string(APPEND found "  ${file}: ${line}\n    ${why}\n")
        endif()
      endforeach()
    endforeach()
  endforeach()
  set(violations "${violations}${found}" PARENT_SCOPE)
endfunction()

set(core "src/core/*.h;src/core/*.cc")
set(runtime "src/runtime/*.h;src/runtime/*.cc")
set(sim "src/sim/*.h;src/sim/*.cc")
set(public "include/*.h")
set(source "${core};${runtime};${sim};${public};src/*.cc")

forbid("${core}" "^#include \"" "\"(core/|absl/(strings|status|time|types|functional)/|concord/(types|replicas)\\.h)"
       "core includes only core, Abseil value types and the plain values of concord/")
forbid("${core}" "#include <[^>]*[/.]" "" "core includes only core, Abseil value types and the plain values of concord/")
forbid("${core}" "#include <(thread|mutex|shared_mutex|condition_variable|atomic|future|chrono|random|iostream|fstream|unordered_map|unordered_set|unistd|sys/)"
       "" "core knows no thread, clock, socket, random device, nor an order that differs between machines")
forbid("${core}" "absl::Now\\(|rand\\(" "" "core knows no clock and no random device: time is an event")
forbid("${runtime}" "#include \"(sim/|concord/node\\.h)" "" "runtime includes neither the simulator nor the public face")
forbid("${sim}" "^#include (\"(runtime/|concord/node\\.h|grpc)|<[^>]*[/.])" "sys/resource\\.h"
       "the simulator includes core alone (its programs may ask how much memory they take)")
forbid("${public}" "#include [\"<](grpc|google/|spdlog/|core/|runtime/|sim/)" ""
       "public headers include the standard library, Abseil and each other")
forbid("${public}" "absl::(string_view|optional)" ""
       "some builds of Abseil have types of their own under these names; use std's in public headers")
forbid("${source}" "absl/synchronization/" ""
       "some builds of absl::Mutex run a deadlock detector (57 ns a lock, aborts on inversion); use runtime/mutex.h")
forbid("${source}" "atomic<std::shared_ptr|atomic_load\\(&|atomic_store\\(&" ""
       "std::atomic<std::shared_ptr> is slow and invisible to ThreadSanitizer; use runtime/snapshot.h")

if(violations)
  message(FATAL_ERROR "The house rules do not hold:\n${violations}")
endif()
