# Fails unless PROGRAM writes exactly what is kept in the folder KEPT.
file(REMOVE_RECURSE ${WRITTEN})
file(MAKE_DIRECTORY ${WRITTEN})
execute_process(COMMAND ${PROGRAM} ${WRITTEN} COMMAND_ERROR_IS_FATAL ANY)

file(GLOB_RECURSE kept RELATIVE ${KEPT} ${KEPT}/corpus/* ${KEPT}/*.dict)
file(GLOB_RECURSE written RELATIVE ${WRITTEN} ${WRITTEN}/*)
set(files ${kept} ${written})
list(REMOVE_DUPLICATES files)
foreach(name IN LISTS files)
  execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${KEPT}/${name} ${WRITTEN}/${name}
    RESULT_VARIABLE differs)
  if(differs)
    list(APPEND stale ${name})
  endif()
endforeach()
if(stale)
  list(JOIN stale "\n  " stale)
  message(FATAL_ERROR "make_seeds writes something else than what is kept in\n  ${stale}\n"
                      "Write them anew: ${PROGRAM} ${KEPT}")
endif()
list(LENGTH written count)
message(STATUS "${count} files are as make_seeds writes them")
