# Pairs of broken and fixed kernels, and the table of what tw-emu reports for them.
tilewright_library(emulator_pitfall_table SOURCES pitfalls/table.cpp LINK fmt::fmt nlohmann_json::nlohmann_json)
target_include_directories(emulator_pitfall_table PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(emulator_pitfall_table PRIVATE
  TILEWRIGHT_TW_EMU="$<TARGET_FILE:tw-emu>" TILEWRIGHT_PITFALLS="${CMAKE_CURRENT_SOURCE_DIR}/pitfalls")
add_dependencies(emulator_pitfall_table tw-emu)
tilewright_executable(emulator_pitfalls SOURCES pitfalls/main.cpp LINK emulator_pitfall_table)
tilewright_test(emulator_pitfalls_test SOURCES pitfalls/pitfalls_test.cpp LINK emulator_pitfall_table)
target_compile_definitions(emulator_pitfalls_test PRIVATE
  TILEWRIGHT_PITFALLS_DOCUMENT="${PROJECT_SOURCE_DIR}/docs/PITFALLS.md")
