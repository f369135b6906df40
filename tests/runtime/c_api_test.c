/* The C interface, compiled as C: opening, describing, errors, and a launch where there is a GPU. */
#include "tilewright/c/tilewright.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void check(int condition, const char *text, int line) {
  if (condition) return;
  ++failures;
  fprintf(stderr, "c_api_test.c:%d: failed: %s\n  last error: %s\n", line, text, tw_last_error());
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static void check_artifact(const char *path) {
  tw_artifact *artifact = NULL;
  CHECK(tw_artifact_open(path, &artifact) == TW_OK);
  CHECK(strcmp(tw_artifact_kernel(artifact), "scale") == 0);
  CHECK(strcmp(tw_artifact_target(artifact), "sm_80") == 0);
  CHECK(strcmp(tw_artifact_key(artifact), "00ff") == 0);
  CHECK(strstr(tw_artifact_launch_rule(artifact), "\"arguments\":[{") != NULL);
  tw_artifact_close(artifact);

  /* The same bytes from memory, whole and damaged. */
  char bytes[16384];
  FILE *file = fopen(path, "rb");
  const size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (file) fclose(file);
  CHECK(size > 100 && size < sizeof bytes);
  CHECK(tw_artifact_open_memory(bytes, size, &artifact) == TW_OK);
  tw_artifact_close(artifact);
  bytes[size - 1] ^= 1;
  CHECK(tw_artifact_open_memory(bytes, size, &artifact) == TW_ERROR_USER);
  CHECK(artifact == NULL);
  CHECK(strcmp(tw_last_error_code(), "artifact.digest") == 0);
  CHECK(strstr(tw_last_error(), "artifact in memory: error: the artifact is damaged") != NULL);
}

static void check_errors(void) {
  tw_artifact *artifact = NULL;
  tw_device *device = NULL;
  CHECK(tw_artifact_open("no-such-file.twa", &artifact) == TW_ERROR_USER);
  CHECK(strcmp(tw_last_error_code(), "file.read") == 0);
  CHECK(tw_artifact_open(NULL, &artifact) == TW_ERROR_USAGE);
  CHECK(strstr(tw_last_error(), "a pointer is null") != NULL);
  CHECK(tw_artifact_open("x", NULL) == TW_ERROR_USAGE);
  CHECK(tw_artifact_open_memory(NULL, 4, &artifact) == TW_ERROR_USAGE);
  CHECK(tw_artifact_open_memory(NULL, 0, &artifact) == TW_ERROR_USER);
  CHECK(tw_device_open("tpu", &device) == TW_ERROR_USAGE);
  CHECK(strstr(tw_last_error(), "unknown device 'tpu'") != NULL);
  CHECK(tw_device_open("cuda:x", &device) == TW_ERROR_USAGE);
  CHECK(tw_kernel_load(NULL, NULL, NULL) == TW_ERROR_USAGE);
  CHECK(tw_kernel_launch(NULL, NULL, 0, NULL) == TW_ERROR_USAGE);
  CHECK(tw_device_synchronize(NULL) == TW_ERROR_USAGE);
  CHECK(tw_artifact_kernel(NULL) == NULL);
  tw_artifact_close(NULL);
  tw_kernel_close(NULL);
  tw_device_close(NULL);
}

static void check_device(void) {
  tw_device *device = NULL;
  const int result = tw_device_open("cuda", &device);
  if (result != TW_OK) {
    CHECK(result == TW_ERROR_UNSUPPORTED);
    fprintf(stderr, "SKIPPED: %s\n", tw_last_error());
    return;
  }
  CHECK(strlen(tw_device_describe(device)) > 0);
  CHECK(tw_device_synchronize(device) == TW_OK);
  tw_device_close(device);
}

int c_api_test(const char *artifact_path) {
  CHECK(tw_api_version() == TW_API_VERSION);
  check_artifact(artifact_path);
  check_errors();
  check_device();
  return failures;
}
