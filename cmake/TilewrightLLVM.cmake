# Finds LLVM and MLIR 22 (shared libraries, Debian's llvm-22 prefix by default) and sets up their table generator.

list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
find_package(MLIR 22.1 CONFIG REQUIRED)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Everything of LLVM and MLIR comes from their two shared libraries; mixing in the static archives would duplicate
# their global state.
add_library(tilewright_mlir INTERFACE)
target_include_directories(tilewright_mlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_link_libraries(tilewright_mlir INTERFACE MLIR LLVM)
separate_arguments(llvm_definitions NATIVE_COMMAND ${LLVM_DEFINITIONS})
target_compile_definitions(tilewright_mlir INTERFACE ${llvm_definitions})
target_compile_options(tilewright_mlir INTERFACE "SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/ClangTraitIds.h")
