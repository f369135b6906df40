# The matrix instructions and the asynchronous copies: plain functions and classes, no machine types.
tilewright_library(tilewright_emulator_matrix
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/cp_async.cpp
    ${CMAKE_CURRENT_LIST_DIR}/matrix_accumulate.cpp
    ${CMAKE_CURRENT_LIST_DIR}/matrix_form.cpp
    ${CMAKE_CURRENT_LIST_DIR}/matrix_fragment.cpp
    ${CMAKE_CURRENT_LIST_DIR}/matrix_mma.cpp
    ${CMAKE_CURRENT_LIST_DIR}/matrix_move.cpp
    ${CMAKE_CURRENT_LIST_DIR}/matrix_number.cpp
    ${CMAKE_CURRENT_LIST_DIR}/wgmma_descriptor.cpp
    ${CMAKE_CURRENT_LIST_DIR}/wgmma_form.cpp
    ${CMAKE_CURRENT_LIST_DIR}/wgmma_math.cpp
  LINK fmt::fmt)
target_include_directories(tilewright_emulator_matrix PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
