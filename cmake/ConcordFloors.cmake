# Checks the house rules of the sources (cmake/check_floors.cmake) at the start of every build.
add_custom_target(concord_floors ALL
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/check_floors.cmake
  COMMENT "Checking that includes go down the floors" VERBATIM)
