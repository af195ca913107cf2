# Breaks each rule of check_floors.cmake in a small tree of its own, and expects to be told.
# Run with cmake -DSCRIPT=<check_floors.cmake> -DWORK=<folder> -P <this file>.
cmake_minimum_required(VERSION 3.22)
set(failures "")

# Puts `line` into `file` of an otherwise empty tree, and checks that.
function(check_line file line status output)
  file(REMOVE_RECURSE ${WORK})
  file(WRITE ${WORK}/${file} "// A comment.\n${line}\nint x;\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${SCRIPT}
                  RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
  string(REGEX REPLACE "[ \n]+" " " text "${text}")
  set(${status} ${result} PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

function(allowed file line)
  check_line(${file} "${line}" status output)
  if(NOT status EQUAL 0)
    string(APPEND failures "  ${file}: '${line}' is refused: ${output}\n")
  endif()
  set(failures "${failures}" PARENT_SCOPE)
endfunction()

function(forbidden file line why)
  check_line(${file} "${line}" status output)
  string(FIND "${output}" "${file}: ${line} ${why}" place)
  if(status EQUAL 0)
    string(APPEND failures "  ${file}: '${line}' passes\n")
  elseif(place EQUAL -1)
    string(APPEND failures "  ${file}: '${line}' is refused with: ${output}\n")
  endif()
  set(failures "${failures}" PARENT_SCOPE)
endfunction()

# --- Floor 1 ---
foreach(line IN ITEMS
    "#include \"core/member.h\"" "#include \"concord/types.h\"" "#include \"absl/strings/str_cat.h\""
    "#include \"absl/status/status.h\"" "#include \"absl/time/time.h\"" "#include <vector>")
  allowed(src/core/a.cc "${line}")
endforeach()
foreach(include IN ITEMS
    runtime/loop.h sim/network.h concord/node.h concord/config.h absl/synchronization/mutex.h
    absl/random/random.h absl/container/flat_hash_map.h grpcpp/grpcpp.h concord_wire.pb.h ../node.h)
  forbidden(src/core/a.cc "#include \"${include}\"" "core includes only core")
  forbidden(src/core/deeper/a.h "#include \"${include}\"" "core includes only core")
endforeach()
foreach(include IN ITEMS
    thread mutex shared_mutex condition_variable atomic future chrono random iostream fstream
    unordered_map unordered_set unistd.h sys/socket.h)
  forbidden(src/core/a.h "#include <${include}>" "core knows no thread")
endforeach()
foreach(include IN ITEMS
    grpcpp/grpcpp.h grpc/grpc.h google/protobuf/message.h spdlog/logger.h openssl/evp.h)
  forbidden(src/core/a.h "#include <${include}>" "core")
endforeach()
forbidden(src/core/a.cc "auto t = absl::Now();" "core knows no clock")
forbidden(src/core/a.cc "int r = rand();" "core knows no clock")

# --- Floor 2 ---
foreach(line IN ITEMS
    "#include \"core/member.h\"" "#include \"runtime/loop.h\"" "#include \"concord/types.h\""
    "#include <thread>" "#include <grpcpp/grpcpp.h>" "auto t = absl::Now();")
  allowed(src/runtime/a.cc "${line}")
endforeach()
foreach(include IN ITEMS sim/network.h concord/node.h)
  forbidden(src/runtime/a.cc "#include \"${include}\"" "runtime includes neither")
  forbidden(src/runtime/a.h "#include \"${include}\"" "runtime includes neither")
endforeach()
allowed(src/sim/a.cc "#include \"core/member.h\"")
foreach(include IN ITEMS runtime/loop.h concord/node.h grpcpp/grpcpp.h)
  forbidden(src/sim/a.cc "#include \"${include}\"" "the simulator includes core alone")
endforeach()
forbidden(src/sim/a.cc "#include <grpcpp/grpcpp.h>" "the simulator includes core alone")

# --- Floor 3 ---
foreach(line IN ITEMS
    "#include \"concord/types.h\"" "#include \"absl/status/status.h\"" "#include <string_view>"
    "std::string_view text;" "std::optional<int> number;")
  allowed(include/concord/a.h "${line}")
endforeach()
foreach(include IN ITEMS
    <grpcpp/grpcpp.h> <grpc/grpc.h> <google/protobuf/message.h> <spdlog/logger.h>
    "\"core/member.h\"" "\"runtime/loop.h\"" "\"sim/network.h\"")
  forbidden(include/concord/a.h "#include ${include}" "public headers include")
endforeach()
forbidden(include/concord/a.h "absl::string_view text" "some builds of Abseil")
forbidden(include/concord/a.h "absl::optional<int> number" "some builds of Abseil")

# --- All of the library ---
foreach(file IN ITEMS src/runtime/a.cc src/sim/a.h include/concord/a.h src/node.cc)
  forbidden(${file} "#include \"absl/synchronization/mutex.h\"" "some builds of absl::Mutex")
  forbidden(${file} "std::atomic<std::shared_ptr<int>> p" "std::atomic<std::shared_ptr> is slow")
  forbidden(${file} "auto q = std::atomic_load(&p)" "std::atomic<std::shared_ptr> is slow")
  forbidden(${file} "std::atomic_store(&p, q)" "std::atomic<std::shared_ptr> is slow")
endforeach()
allowed(tests/a.cc "#include \"runtime/loop.h\"")
allowed(src/node.cc "#include \"runtime/loop.h\"")

# --- All that is wrong is told at once ---
file(REMOVE_RECURSE ${WORK})
file(WRITE ${WORK}/src/core/a.cc "#include <thread>\n#include \"runtime/loop.h\"\n")
file(WRITE ${WORK}/include/concord/b.h "#include <grpcpp/grpcpp.h>\n")
execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${SCRIPT}
                RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
foreach(expected IN ITEMS "src/core/a.cc: #include <thread>" "src/core/a.cc: #include \"runtime/loop.h\""
                          "include/concord/b.h: #include <grpcpp/grpcpp.h>")
  string(FIND "${text}" "${expected}" place)
  if(place EQUAL -1)
    string(APPEND failures "  '${expected}' is not told together with others\n")
  endif()
endforeach()

file(REMOVE_RECURSE ${WORK})
if(failures)
  message(FATAL_ERROR "The house rules are not enforced:\n${failures}")
endif()
