# The mutation harness over PTX of nvcc and of our compiler, and the tests over the same launches.
if(NOT TILEWRIGHT_NVCC)
  foreach(name emulator_launches_test emulator_mutation_test emulator_mutation_full_test)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: nvcc was not found")
    set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped" LABELS fast)
  endforeach()
  return()
endif()

set(mutated_ptx)
foreach(stem tensor features hopper hopper_memory)
  list(APPEND mutated_ptx ${CMAKE_CURRENT_BINARY_DIR}/${stem}.ptx)
endforeach()
set(protocol_ptx ${CMAKE_CURRENT_BINARY_DIR}/protocol.ptx)
add_custom_command(OUTPUT ${protocol_ptx}
  COMMAND ${TILEWRIGHT_NVCC} -arch=sm_90a -std=c++17 -lineinfo -ptx -o ${protocol_ptx} ${CMAKE_CURRENT_SOURCE_DIR}/cuda/protocol.cu
  DEPENDS cuda/protocol.cu VERBATIM)
list(APPEND mutated_ptx ${protocol_ptx})
set(boxes_ptx ${CMAKE_CURRENT_BINARY_DIR}/boxes.ptx)
add_custom_command(OUTPUT ${boxes_ptx}
  COMMAND ${TILEWRIGHT_NVCC} -arch=sm_90a -std=c++17 -lineinfo -ptx -o ${boxes_ptx} ${CMAKE_CURRENT_SOURCE_DIR}/cuda/boxes.cu
  DEPENDS cuda/boxes.cu VERBATIM)
list(APPEND mutated_ptx ${boxes_ptx})
# wgmma of every N, written by a script.
foreach(kind 16 8)
  set(stem ${CMAKE_CURRENT_BINARY_DIR}/wgmma_n${kind})
  add_custom_command(OUTPUT ${stem}.ptx
    COMMAND ${CMAKE_COMMAND} -DOUT=${stem}.cu -DKIND=${kind} -P ${CMAKE_CURRENT_SOURCE_DIR}/cuda/wgmma_every_n.cmake
    COMMAND ${TILEWRIGHT_NVCC} -arch=sm_90a -std=c++17 -I ${CMAKE_CURRENT_SOURCE_DIR}/cuda -ptx -o ${stem}.ptx ${stem}.cu
    DEPENDS cuda/wgmma_every_n.cmake cuda/wgmma_every_n.cuh VERBATIM)
  list(APPEND mutated_ptx ${stem}.ptx)
endforeach()

# What twc emits for the example kernels: the compiler is a black box here.
if(TARGET twc)
  foreach(name_kernel_target emitted_staged/staged/sm_80 emitted_dataflow/dataflow/sm_80 emitted_hopper/dataflow/sm_90a)
    string(REPLACE "/" ";" parts ${name_kernel_target})
    list(GET parts 0 name)
    list(GET parts 1 kernel)
    list(GET parts 2 target)
    set(artifact ${CMAKE_CURRENT_BINARY_DIR}/${name}.twa)
    add_custom_command(OUTPUT ${artifact}
      COMMAND twc ${CMAKE_CURRENT_SOURCE_DIR}/mutation/kernels.cpp --kernel ${kernel} --target ${target} --emit=artifact -o ${artifact}
      DEPENDS twc mutation/kernels.cpp VERBATIM)
    list(APPEND mutated_ptx ${artifact})
  endforeach()
endif()

tilewright_library(emulator_launches
  SOURCES
    launches/box_cases.cpp
    launches/emitted_cases.cpp
    launches/feature_cases.cpp
    launches/hopper_cases.cpp
    launches/hopper_memory_cases.cpp
    launches/launch_case.cpp
    launches/protocol_cases.cpp
    launches/tensor_cases.cpp
    launches/wgmma_cases.cpp
  LINK tilewright_emulator tilewright_rt)
target_include_directories(emulator_launches PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/emulator)
target_compile_definitions(emulator_launches PRIVATE TILEWRIGHT_PTX_FOLDER="${CMAKE_CURRENT_BINARY_DIR}")
add_custom_target(emulator_mutated_ptx DEPENDS ${mutated_ptx})
add_dependencies(emulator_launches emulator_mutated_ptx)

tilewright_library(emulator_mutation
  SOURCES
    mutation/footprint.cpp
    mutation/order.cpp
    mutation/order_accesses.cpp
    mutation/order_graph.cpp
    mutation/ptx_text.cpp
    mutation/report.cpp
    mutation/rules.cpp
    mutation/rules_count.cpp
    mutation/rules_delete.cpp
    mutation/rules_layout.cpp
    mutation/rules_move.cpp
    mutation/rules_order.cpp
    mutation/run.cpp
    mutation/trace.cpp
  LINK emulator_launches fmt::fmt)
target_compile_definitions(emulator_mutation PRIVATE
  TILEWRIGHT_EQUIVALENT_MUTANTS="${CMAKE_CURRENT_SOURCE_DIR}/mutation/equivalent.txt")

tilewright_executable(emulator_mutants SOURCES mutation/main.cpp LINK emulator_mutation)

tilewright_test(emulator_launches_test SOURCES launches/launches_test.cpp LINK emulator_mutation)
tilewright_test(emulator_mutation_test SOURCES mutation/mutation_test.cpp LINK emulator_mutation)
tilewright_test(emulator_mutation_full_test SOURCES mutation/mutation_full_test.cpp LINK emulator_mutation LABEL long)
