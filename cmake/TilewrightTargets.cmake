# How every target of the project is made: C++20, warnings are errors, symbols hidden.

function(tilewright_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
endfunction()

# tilewright_library(NAME SOURCES... [LINK libs...]): a static library.
function(tilewright_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  tilewright_target_defaults(${name})
endfunction()

# tilewright_executable(NAME SOURCES... [LINK libs...]): a program.
function(tilewright_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  tilewright_target_defaults(${name})
endfunction()

# tilewright_test(NAME SOURCES... [LINK libs...] [LABEL fast|long]): a Catch2 program that ctest runs.
# Label `fast` (the default) is the suite of `./dev test`; `long` runs with `./dev test --all` only.
function(tilewright_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL fast)
  endif()
  tilewright_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} tilewright_catch_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL})
endfunction()
