# README.md is kept true: every C++ block of it is compiled and run, and every command of it is run
# or checked.
include(${CMAKE_CURRENT_LIST_DIR}/ReadmeBlocks.cmake)
set(readme_dir ${CMAKE_CURRENT_BINARY_DIR}/readme)
find_package(spdlog CONFIG REQUIRED)

# Makes the source file of one C++ block: a whole program stays as it is; anything else becomes the
# body of ReadmeBlock (readme_prelude.h), its includes moved to the top.
function(readme_cpp_source text line output)
  set(whole FALSE)
  if(text MATCHES "int main\\(")
    set(source "#line ${line} \"README.md\"\n${text}")
    set(whole TRUE)
  else()
    string(REGEX MATCHALL "#include [^\n]*\n" includes "\n${text}")
    list(JOIN includes "" includes)
    string(REGEX REPLACE "(^|\n)#include [^\n]*" "\\1" body "${text}")
    string(CONCAT source
      "#include \"readme_prelude.h\"\n" "${includes}\n"
      "absl::Status ReadmeBlock([[maybe_unused]] concord::Config config,\n"
      "                         [[maybe_unused]] concord::Node& node,\n"
      "                         [[maybe_unused]] concord::Node& other,\n"
      "                         [[maybe_unused]] const std::vector<std::string>& seeds) {\n"
      "  {\n#line ${line} \"README.md\"\n${body}\n  }\n  return absl::OkStatus();\n}\n")
  endif()
  readme_write(${output} "${source}")
  set(readme_whole ${whole} PARENT_SCOPE)
endfunction()

# Writes only what is new, so that nothing is compiled again without need.
function(readme_write file text)
  if(EXISTS ${file})
    file(READ ${file} old)
  endif()
  if(NOT "${old}" STREQUAL "${text}")
    file(WRITE ${file} "${text}")
  endif()
endfunction()

# As a user of the library compiles; a block may name a thing and not use it.
function(readme_target target)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE concord::concord spdlog::spdlog readme_service)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Werror -Wno-unused-variable -Wno-unused-but-set-variable
    -Wno-unused-parameter)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
endfunction()

function(readme_cpp_test number text line)
  set(source ${readme_dir}/cpp_${number}.cc)
  readme_cpp_source("${text}" ${line} ${source})
  set(target readme_cpp_${number})
  add_executable(${target} ${source})
  if(NOT readme_whole)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:readme_main>)
  elseif(NOT EXISTS ${readme_dir}/files/program.cc)
    readme_write(${readme_dir}/files/program.cc "${text}")  # the one that README.md links
  endif()
  readme_target(${target})
  add_test(NAME readme.cpp.${number}.line_${line} COMMAND ${target})
  set_tests_properties(readme.cpp.${number}.line_${line} PROPERTIES TIMEOUT 60)
endfunction()

function(readme_tests readme)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${readme})
  file(REMOVE_RECURSE ${readme_dir}/commands ${readme_dir}/files)

  readme_blocks(${readme} cpp cpp)
  if(cpp_COUNT EQUAL 0)
    message(FATAL_ERROR "${readme} has no block of C++")
  endif()
  concord_proto(readme_service my_service.proto GRPC)
  add_library(readme_main OBJECT readme_main.cc)
  readme_target(readme_main)
  foreach(number RANGE 1 ${cpp_COUNT})
    readme_cpp_test(${number} "${cpp_${number}}" ${cpp_${number}_LINE})
  endforeach()

  foreach(language IN ITEMS sh cmake)
    readme_blocks(${readme} ${language} block)
    if(block_COUNT EQUAL 0)
      message(FATAL_ERROR "${readme} has no block of ${language}")
    endif()
    foreach(number RANGE 1 ${block_COUNT})
      file(WRITE ${readme_dir}/commands/line_${block_${number}_LINE}.${language}
           "${block_${number}}")
    endforeach()
  endforeach()

  set(environment
    SOURCE_DIR=${PROJECT_SOURCE_DIR}
    BUILD_DIR=${PROJECT_BINARY_DIR}
    README_DIR=${readme_dir}
    CXX=${CMAKE_CXX_COMPILER}
    LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER})
  foreach(step IN ITEMS commands_are_valid install_and_link)
    add_test(NAME readme.${step}
      COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/readme_test.sh ${step})
    set_tests_properties(readme.${step} PROPERTIES
      ENVIRONMENT "${environment}")
  endforeach()
  set_tests_properties(readme.install_and_link PROPERTIES PROCESSORS 2 TIMEOUT 900)
endfunction()
