# What `cmake --install` gives: headers, libraries, concord.proto, and the two ways to find them,
# concordConfig.cmake and concord.pc (with concord-sim.pc). Nothing installed names a folder of the machine that built it,
# and the installed tree may be moved as a whole.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_target_property(concord_type concord TYPE)
set(concord_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/concord)
set(concord_proto_dir ${CMAKE_INSTALL_DATADIR}/concord/proto)

set(concord_installed concord)
set(concord_headers PATTERN "*.h")
if(CONCORD_BUILD_SIM)
  list(APPEND concord_installed concord_sim)
else()
  list(APPEND concord_headers PATTERN "concord/sim" EXCLUDE)
endif()

install(TARGETS ${concord_installed}
  EXPORT concordTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT concord_development
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT concord_runtime
          NAMELINK_COMPONENT concord_development
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT concord_runtime
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/concord
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT concord_development
  FILES_MATCHING ${concord_headers})
install(FILES ${PROJECT_SOURCE_DIR}/proto/concord.proto
  DESTINATION ${concord_proto_dir} COMPONENT concord_development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT concord_runtime)

# --- find_package(concord) -----------------------------------------------------------------------
install(EXPORT concordTargets
  NAMESPACE concord:: DESTINATION ${concord_cmake_dir} COMPONENT concord_development)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/concordConfig.cmake.in ${PROJECT_BINARY_DIR}/concordConfig.cmake
  INSTALL_DESTINATION ${concord_cmake_dir}
  PATH_VARS concord_proto_dir)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/concordConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/concordConfig.cmake
              ${PROJECT_BINARY_DIR}/concordConfigVersion.cmake
  DESTINATION ${concord_cmake_dir} COMPONENT concord_development)

# --- pkg-config concord, concord-sim --------------------------------------------------------------
# Whoever links the archive links what it uses; libconcord.so brings that along by itself. All of it
# stands in Requires, not in Requires.private: a plain `pkg-config --libs` has to be enough.
set(concord_pc_requires absl_status absl_statusor absl_strings absl_time)
set(concord_pc_libs "-lconcord")
if(concord_type STREQUAL "STATIC_LIBRARY")
  list(APPEND concord_pc_requires grpc++ protobuf spdlog libcrypto)
  string(APPEND concord_pc_libs " -pthread")
endif()
list(JOIN concord_pc_requires ", " concord_pc_requires)

# Paths start from the folder of concord.pc itself, so that --prefix, DESTDIR and moving all work.
# A packager's absolute folders stay as they are.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(concord_pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH concord_pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" concord_pc_prefix "\${pcfiledir}/${concord_pc_prefix}")
endif()
function(concord_pc_path variable path)
  if(NOT IS_ABSOLUTE "${path}")
    string(PREPEND path "\${prefix}/")
  endif()
  set(${variable} "${path}" PARENT_SCOPE)
endfunction()
concord_pc_path(concord_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
concord_pc_path(concord_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
concord_pc_path(concord_pc_protodir "${concord_proto_dir}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/concord.pc.in ${PROJECT_BINARY_DIR}/concord.pc @ONLY)
set(concord_pc_files ${PROJECT_BINARY_DIR}/concord.pc)
if(CONCORD_BUILD_SIM)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/concord-sim.pc.in ${PROJECT_BINARY_DIR}/concord-sim.pc @ONLY)
  list(APPEND concord_pc_files ${PROJECT_BINARY_DIR}/concord-sim.pc)
endif()
install(FILES ${concord_pc_files}
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT concord_development)
