# The header of the language precompiled, so that a file with kernels is checked in about a third of the time.
#
# g++ takes FOLDER/tilewright/tilewright.hpp.gch instead of the header when FOLDER is searched first, the header is the
# file's first #include, and a variant fits compiler and options; otherwise it reads the header as ever.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  return()
endif()

# As a user checks a file, and as twc compiles one.
set(tilewright_precompiled_variants program library)
set(tilewright_precompiled_options_program -std=c++20)
set(tilewright_precompiled_options_library -std=c++20 -fPIC)

set(tilewright_precompiled_folder ${PROJECT_BINARY_DIR}/precompiled)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/dsl/include/*.hpp)
# A later #include of the same name finds this copy, which says #pragma once.
set(header ${tilewright_precompiled_folder}/tilewright/tilewright.hpp)
configure_file(${PROJECT_SOURCE_DIR}/dsl/include/tilewright/tilewright.hpp ${header} COPYONLY)
foreach(variant IN LISTS tilewright_precompiled_variants)
  set(output ${tilewright_precompiled_folder}/tilewright/tilewright.hpp.gch/${variant})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_CXX_COMPILER} ${tilewright_precompiled_options_${variant}} -w -x c++-header
      -I${PROJECT_SOURCE_DIR}/dsl/include ${header} -o ${output}
    DEPENDS ${headers} COMMENT "Precompiling tilewright.hpp (${variant})" VERBATIM)
  list(APPEND precompiled ${output})

  list(JOIN tilewright_precompiled_options_${variant} " " options)
  # Beside the installed header, where every user's g++ finds it; a staged installation is for another machine.
  install(CODE "
    set(folder \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}\")
    if(NOT DEFINED ENV{DESTDIR})
      file(MAKE_DIRECTORY \"\${folder}/tilewright/tilewright.hpp.gch\")
      execute_process(COMMAND \"${CMAKE_CXX_COMPILER}\" ${options} -w -x c++-header
        \"-I\${folder}\" \"\${folder}/tilewright/tilewright.hpp\" -o \"\${folder}/tilewright/tilewright.hpp.gch/${variant}\"
        COMMAND_ERROR_IS_FATAL ANY)
    endif()" COMPONENT development)
endforeach()
add_custom_target(tilewright_precompiled ALL DEPENDS ${precompiled})
