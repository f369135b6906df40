# Installs the libraries into FOLDER/prefix, then configures, builds and runs PROJECT against them.
file(REMOVE_RECURSE ${FOLDER}/prefix ${FOLDER}/build)
foreach(command
    "--install;${BUILD};--prefix;${FOLDER}/prefix;--component;development"
    "-S;${PROJECT};-B;${FOLDER}/build;-GNinja;-DCMAKE_PREFIX_PATH=${FOLDER}/prefix;-DCMAKE_CXX_COMPILER=${COMPILER};-DCMAKE_CXX_FLAGS=${FLAGS}"
    "--build;${FOLDER}/build")
  execute_process(COMMAND ${CMAKE_COMMAND} ${command} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cmake ${command}\n${output}")
  endif()
endforeach()
# g++ -H marks a precompiled header that it takes with '!'.
foreach(options IN LISTS PRECOMPILED)
  separate_arguments(options UNIX_COMMAND "${options}")
  execute_process(COMMAND ${COMPILER} ${options} -H -fsyntax-only -I${FOLDER}/prefix/include ${PROJECT}/kernel.cpp
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
  if(failed OR NOT output MATCHES "! [^\n]*tilewright.hpp.gch/")
    message(FATAL_ERROR "${options}: the precompiled header is not taken\n${output}")
  endif()
endforeach()
execute_process(COMMAND ${FOLDER}/build/user OUTPUT_VARIABLE output RESULT_VARIABLE failed)
if(failed OR NOT output STREQUAL "tile.kernel @VectorAdd, f32 of 4 bytes\n")
  message(FATAL_ERROR "user ended with ${failed} and said: ${output}")
endif()
