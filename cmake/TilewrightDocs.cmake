# docs-dialects: writes the reference of the dialects, docs/dialects/{Tile,Sched}.md, from their tables.
add_custom_target(docs-dialects)
set(includes ${MLIR_INCLUDE_DIRS})
list(TRANSFORM includes PREPEND -I)
foreach(name Tile Sched)
  string(TOLOWER ${name} dialect)
  set(tables ${PROJECT_SOURCE_DIR}/compiler/include/tilewright/Dialect/${name}/IR)
  add_custom_command(TARGET docs-dialects POST_BUILD
    COMMAND ${MLIR_TABLEGEN_EXE} -gen-dialect-doc -dialect=${dialect} ${name}Ops.td
            -I ${PROJECT_SOURCE_DIR}/compiler/include ${includes}
            -o ${PROJECT_SOURCE_DIR}/docs/dialects/${name}.md
    WORKING_DIRECTORY ${tables}
    COMMENT "docs/dialects/${name}.md"
    VERBATIM)
endforeach()
