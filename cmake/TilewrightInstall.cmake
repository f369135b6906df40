# What `cmake --install` puts where, so that find_package(tilewright) works from any project.
include(CMakePackageConfigHelpers)

set(tilewright_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tilewright)

# tilewright_install_library(TARGET EXPORT_NAME): the target becomes tilewright::EXPORT_NAME. Its include folders in
# the source tree hold for the build alone; installed headers are all in one folder.
function(tilewright_install_library target export_name)
  get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(folders AND NOT folders MATCHES "INSTALL_INTERFACE")
    set_target_properties(${target} PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "$<BUILD_INTERFACE:${folders}>;$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name})
  install(TARGETS ${target} EXPORT tilewrightTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endfunction()

function(tilewright_install_headers folder)
  install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
endfunction()

tilewright_install_library(tilewright_dsl dsl)
tilewright_install_library(tilewright_rt rt)
tilewright_install_library(tilewright_emulator_checks emulator_checks)
tilewright_install_library(tilewright_emulator_matrix emulator_matrix)
tilewright_install_library(tilewright_emulator emulator)
tilewright_install_headers(dsl/include)
tilewright_install_headers(runtime/include)
tilewright_install_headers(runtime/emulator/include)

# tilewright::tilewright is all that a program needs to compile and run kernels; tilewright::compiler is the shared
# library behind it.
set(tilewright_optional
  tilewright_emulator_device emulator_device
  tilewright compiler
  tilewright_api tilewright)
while(tilewright_optional)
  list(POP_FRONT tilewright_optional target export_name)
  if(TARGET ${target})
    tilewright_install_library(${target} ${export_name})
  endif()
endwhile()
if(TARGET tilewright_emulator_device)
  tilewright_install_headers(runtime/emulator/device/include)
endif()
if(TARGET tilewright)
  install(DIRECTORY compiler/include/tilewright/c DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tilewright COMPONENT development)
endif()
foreach(tool tw-run tw-emu twc tw-opt)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  endif()
endforeach()

install(EXPORT tilewrightTargets NAMESPACE tilewright:: DESTINATION ${tilewright_package_folder} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tilewrightConfig.cmake.in
  ${PROJECT_BINARY_DIR}/tilewrightConfig.cmake INSTALL_DESTINATION ${tilewright_package_folder})
# Before 1.0 a minor version may change what headers promise.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tilewrightConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tilewrightConfig.cmake ${PROJECT_BINARY_DIR}/tilewrightConfigVersion.cmake
  DESTINATION ${tilewright_package_folder} COMPONENT development)
