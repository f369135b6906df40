# bench_emulator: CUDA C++ of emulator/ compiled by nvcc when the benchmark is built.
find_program(TILEWRIGHT_NVCC nvcc HINTS /usr/local/cuda/bin)
if(NOT TILEWRIGHT_NVCC)
  add_custom_target(bench_emulator
    COMMAND ${CMAKE_COMMAND} -E echo "bench_emulator: error: nvcc was not found, which makes the PTX of benchmarks/emulator"
    COMMAND ${CMAKE_COMMAND} -E echo "  fix: install the CUDA Toolkit's nvcc and configure again"
    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
  return()
endif()

tilewright_executable(bench_emulator SOURCES emulator.cpp LINK tilewright_emulator)
foreach(stem gemm memory)
  set(ptx ${CMAKE_CURRENT_BINARY_DIR}/${stem}.ptx)
  add_custom_command(OUTPUT ${ptx}
    COMMAND ${TILEWRIGHT_NVCC} -arch=sm_80 -std=c++17 -lineinfo -ptx -o ${ptx} ${CMAKE_CURRENT_SOURCE_DIR}/emulator/${stem}.cu
    DEPENDS emulator/${stem}.cu VERBATIM)
  string(TOUPPER ${stem} upper)
  target_sources(bench_emulator PRIVATE ${ptx})
  target_compile_definitions(bench_emulator PRIVATE TILEWRIGHT_BENCH_${upper}_PTX="${ptx}")
endforeach()
