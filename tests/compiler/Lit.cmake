# How a folder of .mlir tests becomes a ctest.

# tilewright_lit_test(NAME): runs lit on the current folder; a failing file's commands and output are printed.
function(tilewright_lit_test name)
  add_test(NAME ${name} COMMAND "${LLVM_TOOLS_BINARY_DIR}/lit" -v "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS fast)
endfunction()

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH tests_folder)
file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/tests/lit.site.cfg.py" CONTENT
"# Written by CMake.
config.test_source_root = r'${tests_folder}'
config.test_exec_root = r'${CMAKE_BINARY_DIR}/tests'
config.tool_dirs = [r'$<TARGET_FILE_DIR:tw-opt>', r'${LLVM_TOOLS_BINARY_DIR}']
lit_config.load_config(config, r'${tests_folder}/lit.cfg.py')
")
