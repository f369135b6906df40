/* The C interface of the compiler, compiled as C: a compilation and all that is known of it, and every error. */
#include "tilewright/c/compiler.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void check(int condition, const char *text, int line) {
  if (condition) return;
  ++failures;
  fprintf(stderr, "compiler_c_test.c:%d: failed: %s\n", line, text);
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static const char module[] =
    "tile.kernel @copy(%x: !tile.global<?xf32>, %y: !tile.global<?xf32>)"
    " attributes {argNames = [\"x\", \"y\"], members = {block = 128 : i64, fast = true, scale = 0.5 : f64}} {\n"
    "  %n = tile.dim %y, 0 : !tile.global<?xf32>\n"
    "  %c = arith.constant 128 : index\n"
    "  %blocks = arith.ceildivui %n, %c : index\n"
    "  tile.blocks (%i) in (%blocks) {\n"
    "    %o = arith.muli %i, %c : index\n"
    "    %t = tile.load %x[%o] : !tile.global<?xf32> -> tensor<128xf32>\n"
    "    tile.store %t, %y[%o] : tensor<128xf32>, !tile.global<?xf32>\n"
    "  }\n"
    "  tile.return\n"
    "}\n";

static int stages_seen = 0, member_types = 0;

static void each_field(void *context, const char *name, const char *type, const char *value) {
  CHECK(context == &stages_seen);
  if (strcmp(name, "stages") == 0) stages_seen += strcmp(type, "field") == 0 && strcmp(value, "2") == 0;
  if (strcmp(name, "block") == 0) member_types += strcmp(type, "int") == 0 && strcmp(value, "128") == 0;
  if (strcmp(name, "fast") == 0) member_types += strcmp(type, "bool") == 0 && strcmp(value, "true") == 0;
  if (strcmp(name, "scale") == 0) member_types += strcmp(type, "float") == 0 && strcmp(value, "0.5") == 0;
}

static const char *no_trace(void *context, const int64_t *values) {
  CHECK(context == &stages_seen && values != NULL);
  return NULL;
}

static void check_choice(void) {
  int64_t values[] = {128, 64};
  tw_compile_error *error = NULL;
  CHECK(tw_choose_members(values, 2, no_trace, &stages_seen, NULL, &error) == TW_COMPILE_OK && error == NULL);
  CHECK(values[0] == 128 && values[1] == 64);
  CHECK(tw_choose_members(NULL, 2, no_trace, &stages_seen, NULL, &error) == TW_COMPILE_USER);
  CHECK(strcmp(tw_compile_error_code(error), "E-c-null") == 0);
  tw_compile_error_free(error);
  CHECK(tw_choose_members(values, 2, no_trace, &stages_seen, "{\"poem\": 1}", &error) == TW_COMPILE_USER);
  CHECK(strcmp(tw_compile_error_code(error), "E-options-json") == 0);
  tw_compile_error_free(error);
}

static void check_compilation(void) {
  tw_compilation *compilation = NULL;
  tw_compile_error *error = NULL;
  size_t size = 0, i;
  CHECK(tw_compile(module, strlen(module), "copy.mlir",
                   "{\"target\": \"sm_80\", \"schedule\": {\"stages\": 2}, \"keep_texts\": true}", &compilation,
                   &error) == TW_COMPILE_OK);
  if (error) fprintf(stderr, "%s\n", tw_compile_error_message(error));
  CHECK(compilation != NULL && error == NULL);
  if (!compilation) return;
  CHECK(tw_compilation_artifact(compilation, &size) != NULL && size > 100);
  CHECK(strstr(tw_compilation_text(compilation, "ptx"), ".entry copy") != NULL);
  CHECK(strstr(tw_compilation_text(compilation, "report"), "\"milliseconds\"") != NULL);
  CHECK(strstr(tw_compilation_text(compilation, "schedule"), "\"stages\":2") != NULL);
  CHECK(strstr(tw_compilation_text(compilation, "sched"), "tile.kernel @copy") != NULL);
  CHECK(strstr(tw_compilation_text(compilation, "llvm"), "define") != NULL);
  CHECK(tw_compilation_text(compilation, "poem") == NULL);
  tw_compilation_schedule(compilation, each_field, &stages_seen);
  CHECK(stages_seen == 1);
  CHECK(member_types == 3);
  CHECK(tw_compilation_timings(compilation).llvm > 0);
  CHECK(tw_compilation_entry_count(compilation) > 0);
  CHECK(strcmp(tw_compilation_entry(compilation, 0).name, "copy") == 0);
  CHECK(tw_compilation_entry(compilation, 0).threads > 0);
  for (i = 0; i < tw_compilation_remark_count(compilation); ++i) CHECK(tw_compilation_remark(compilation, i)[0] != 0);
  tw_compilation_free(compilation);
}

/* Compiles what must fail, and compares the error. */
static void check_error(const char *text, const char *options, int fault, const char *code, const char *part) {
  tw_compilation *compilation = NULL;
  tw_compile_error *error = NULL;
  CHECK(tw_compile(text, strlen(text), "bad.mlir", options, &compilation, &error) == fault);
  CHECK(compilation == NULL && error != NULL);
  if (!error) return;
  CHECK(tw_compile_error_class(error) == fault);
  CHECK(strcmp(tw_compile_error_code(error), code) == 0);
  CHECK(strstr(tw_compile_error_message(error), part) != NULL);
  if (failures) fprintf(stderr, "  %s: %s\n", tw_compile_error_code(error), tw_compile_error_message(error));
  tw_compile_error_free(error);
}

static void check_errors(void) {
  tw_compilation *compilation = NULL;
  tw_compile_error *error = NULL;
  check_error("tile.kernel @", NULL, TW_COMPILE_USER, "E-parse", "bad.mlir:1:");
  check_error("", NULL, TW_COMPILE_USER, "E-kernel", "no kernel");
  check_error(module, "{\"kernel\": \"paste\"}", TW_COMPILE_USER, "E-kernel", "'paste'");
  check_error(module, "{\"target\": \"sm_7\"}", TW_COMPILE_LIMIT, "E-target-unknown", "sm_7");
  check_error(module, "{\"target\"", TW_COMPILE_USER, "E-options-json", "no JSON");
  check_error(module, "[]", TW_COMPILE_USER, "E-options-json", "no JSON object");
  check_error(module, "{\"speed\": 9}", TW_COMPILE_USER, "E-options-json", "unknown field or value: speed = 9");
  check_error(module, "{\"assemble\": 1}", TW_COMPILE_USER, "E-options-json", "assemble = 1");
  check_error(module, "{\"schedule\": {\"stages\": \"two\"}}", TW_COMPILE_USER, "E-schedule-json", "stages");
  check_error(module, "{\"schedule\": 2}", TW_COMPILE_USER, "E-schedule-json", "is no JSON object");

  CHECK(tw_compile(NULL, 4, "x", NULL, &compilation, &error) == TW_COMPILE_USER);
  CHECK(error != NULL && strcmp(tw_compile_error_code(error), "E-c-null") == 0);
  tw_compile_error_free(error);
  CHECK(tw_compile(module, strlen(module), "x", NULL, NULL, NULL) == TW_COMPILE_USER);
  CHECK(tw_compile("?", 1, NULL, NULL, &compilation, NULL) == TW_COMPILE_USER);
  CHECK(compilation == NULL);
  tw_compilation_free(NULL);
  tw_compile_error_free(NULL);
}

int main(void) {
  CHECK(tw_compiler_api_version() == TW_COMPILER_API_VERSION);
  CHECK(strstr(tw_compiler_version(), "LLVM 22") != NULL);
  check_compilation();
  check_choice();
  check_errors();
  return failures != 0;
}
