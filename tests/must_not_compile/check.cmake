# Compiles SOURCE and looks for the message that its line "// expect: ..." states: cmake -DCOMPILER=... -DINCLUDE=...
# -DSOURCE=... -P check.cmake. "expect: success" wants it to compile.
file(STRINGS ${SOURCE} expectation REGEX "^// expect: " LIMIT_COUNT 1)
if(NOT expectation)
  message(FATAL_ERROR "${SOURCE} has no line '// expect: ...'")
endif()
string(REGEX REPLACE "^// expect: " "" expectation "${expectation}")
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${COMPILER} -std=c++20 -fsyntax-only -I${INCLUDE} ${SOURCE}
  RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(expectation STREQUAL "success")
  if(failed)
    message(FATAL_ERROR "must compile:\n${output}")
  endif()
  return()
endif()
if(NOT failed)
  message(FATAL_ERROR "compiled, but must not: ${expectation}")
endif()
string(FIND "${output}" "${expectation}" found)
if(found EQUAL -1)
  message(FATAL_ERROR "the compiler does not say '${expectation}':\n${output}")
endif()
