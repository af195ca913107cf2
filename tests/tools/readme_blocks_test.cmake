# Tests of ReadmeBlocks.cmake, run with cmake -DWORK=<folder> -P <this file>.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/ReadmeBlocks.cmake)

function(expect what actual expected)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(FATAL_ERROR "${what} is\n${actual}\nand not\n${expected}")
  endif()
endfunction()

# Separators and brackets of CMake's own language pass through unharmed.
set(first "int a[2] = {1, 2};\n;[x;\n")
set(second "f(\"\\n\");\n// héllo \${x} @y@\n")
file(WRITE ${WORK}/README.md
     "# Title\n\n```cpp\n${first}```\ntext\n```sh\nls\n```\n```cpp\n${second}```\n")
readme_blocks(${WORK}/README.md cpp block)
expect("the number of blocks" "${block_COUNT}" 2)
expect("the first block" "${block_1}" "${first}")
expect("its line" "${block_1_LINE}" 4)
expect("the second block" "${block_2}" "${second}")
expect("its line" "${block_2_LINE}" 12)
readme_blocks(${WORK}/README.md sh block)
expect("the block of sh" "${block_1}" "ls\n")
expect("its line" "${block_1_LINE}" 9)
readme_blocks(${WORK}/README.md cmake block)
expect("the number of blocks of cmake" "${block_COUNT}" 0)
