# Tests of the machine itself, and of PTX that nvcc makes of our own CUDA C++.
find_program(TILEWRIGHT_NVCC nvcc HINTS /usr/local/cuda/bin)

# tilewright_nvcc_test(NAME CUDA FILE.cu SOURCES ... [ARCH sm_80]): a test over the PTX of one CUDA file, whose path is
# TILEWRIGHT_<FILE>_PTX. Without nvcc the test is listed as skipped.
function(tilewright_nvcc_test name)
  cmake_parse_arguments(ARG "" "CUDA;ARCH" "SOURCES" ${ARGN})
  if(NOT ARG_ARCH)
    set(ARG_ARCH sm_80)
  endif()
  if(NOT TILEWRIGHT_NVCC)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: nvcc was not found")
    set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped" LABELS fast)
    return()
  endif()
  get_filename_component(stem ${ARG_CUDA} NAME_WE)
  set(ptx ${CMAKE_CURRENT_BINARY_DIR}/${stem}.ptx)
  add_custom_command(OUTPUT ${ptx}
    COMMAND ${TILEWRIGHT_NVCC} -arch=${ARG_ARCH} -std=c++17 -lineinfo -ptx -o ${ptx} ${CMAKE_CURRENT_SOURCE_DIR}/cuda/${ARG_CUDA}
    DEPENDS cuda/${ARG_CUDA} VERBATIM)
  tilewright_test(${name} SOURCES ${ARG_SOURCES} ${ptx} LINK tilewright_emulator)
  set(TILEWRIGHT_NVCC_PTX ${TILEWRIGHT_NVCC_PTX} ${ptx} PARENT_SCOPE)
  string(TOUPPER ${stem} upper)
  target_compile_definitions(${name} PRIVATE TILEWRIGHT_${upper}_PTX="${ptx}")
endfunction()

tilewright_nvcc_test(emulator_nvcc_basics_test CUDA basics.cu SOURCES nvcc_basics_test.cpp)
tilewright_nvcc_test(emulator_nvcc_tensor_test CUDA tensor.cu SOURCES nvcc_tensor_test.cpp)
tilewright_nvcc_test(emulator_nvcc_features_test CUDA features.cu ARCH sm_90a SOURCES nvcc_features_test.cpp)
tilewright_nvcc_test(emulator_nvcc_hopper_test CUDA hopper.cu ARCH sm_90a SOURCES nvcc_hopper_test.cpp)
tilewright_nvcc_test(emulator_nvcc_hopper_forms_test CUDA hopper_forms.cu ARCH sm_90a SOURCES nvcc_hopper_forms_test.cpp)
if(TILEWRIGHT_NVCC)
  target_include_directories(emulator_nvcc_hopper_forms_test PRIVATE ${PROJECT_SOURCE_DIR}/runtime/emulator)
  target_include_directories(emulator_nvcc_hopper_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/emulator)
  target_include_directories(emulator_nvcc_features_test PRIVATE ${PROJECT_SOURCE_DIR}/runtime/emulator)
  target_include_directories(emulator_nvcc_tensor_test PRIVATE ${PROJECT_SOURCE_DIR}/runtime/emulator)
endif()

tilewright_test(emulator_small_float_test SOURCES small_float_test.cpp LINK tilewright_emulator)
target_include_directories(emulator_small_float_test PRIVATE ${PROJECT_SOURCE_DIR}/runtime/emulator)
tilewright_test(emulator_machine_test
  SOURCES atomic_ops_test.cpp atomic_vector_test.cpp dependent_launch_test.cpp float_ops_test.cpp launch_limits_test.cpp integer_ops_test.cpp machine_test.cpp
          parallel_launch_test.cpp parser_test.cpp planned_access_test.cpp time_and_cache_test.cpp wide_access_test.cpp uninit_register_test.cpp video_ops_test.cpp wmma_test.cpp
  LINK tilewright_emulator)
target_include_directories(emulator_machine_test PRIVATE ${PROJECT_SOURCE_DIR}/runtime/emulator)

tilewright_test(emulator_wgmma_test SOURCES setmaxnreg_test.cpp wgmma_hazard_test.cpp wgmma_sparse_test.cpp wgmma_values_test.cpp LINK tilewright_emulator)
target_include_directories(emulator_wgmma_test PRIVATE ${PROJECT_SOURCE_DIR}/runtime/emulator)

tilewright_nvcc_test(emulator_nvcc_hopper_memory_test CUDA hopper_memory.cu ARCH sm_90a
  SOURCES nvcc_hopper_memory_test.cpp)
tilewright_test(emulator_async_test
  SOURCES mbarrier_test.cpp copy_lifetime_test.cpp bulk_copy_test.cpp cluster_test.cpp im2col_test.cpp tensor_copy_test.cpp
  LINK tilewright_emulator)

tilewright_test(emulator_tool_test SOURCES tw_emu_test.cpp)
target_compile_definitions(emulator_tool_test PRIVATE TILEWRIGHT_TW_EMU="$<TARGET_FILE:tw-emu>")
add_dependencies(emulator_tool_test tw-emu)

add_custom_target(emulator_nvcc_ptx DEPENDS ${TILEWRIGHT_NVCC_PTX})
add_subdirectory(fuzz)
