/* The C interface of the Tilewright runtime: open an artifact, describe it, launch it with raw pointers.
 *
 * Nothing here throws. A function that returns int gives 0 on success and otherwise one of TW_ERROR_*; the text of the
 * thread's last error is tw_last_error(). Handles may be used from several threads; closing one must be the last use.
 */
#ifndef TILEWRIGHT_C_TILEWRIGHT_H
#define TILEWRIGHT_C_TILEWRIGHT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TW_API __attribute__((visibility("default")))
#else
#define TW_API
#endif

/* Version of this interface; it grows when a function is added. */
#define TW_API_VERSION 1

/* Who has to act on an error; the values are the exit codes of the tools. */
#define TW_OK 0
#define TW_ERROR_USER 1        /* the data or file given is at fault */
#define TW_ERROR_USAGE 2       /* the call is wrong: a null pointer, an unknown name */
#define TW_ERROR_INTERNAL 3    /* our bug */
#define TW_ERROR_UNSUPPORTED 4 /* this machine cannot do it: no driver, another GPU */

/* An opened artifact. */
typedef struct tw_artifact tw_artifact;
/* A device, see tw_device_open. */
typedef struct tw_device tw_device;
/* An artifact loaded on a device. */
typedef struct tw_kernel tw_kernel;

/* One argument of a launch. For a tensor: `data` is its device address, and `shape` and `strides` (in elements) hold
 * `rank` numbers each; a null `strides` means row-major without gaps. For a scalar: `data` is null and `scalar` points
 * to a value of `type` in host memory. `type` is a name such as "f32", "bf16", "i64". */
typedef struct tw_argument {
  const char *type;
  uint64_t data;
  const int64_t *shape;
  const int64_t *strides;
  int32_t rank;
  const void *scalar; /* null for a tensor */
} tw_argument;

/* Version of the library that is linked; compare with TW_API_VERSION. */
TW_API int tw_api_version(void);

/* Text of this thread's last error: "where: error: what", then why and fix on further lines. Valid until the thread's
 * next failing call. The empty string when there was none. */
TW_API const char *tw_last_error(void);
/* Stable code of that error, such as "artifact.digest" or "launch.size". */
TW_API const char *tw_last_error_code(void);

/* Opens and verifies an artifact: a file, or `size` bytes in memory (which are copied). */
TW_API int tw_artifact_open(const char *path, tw_artifact **out);
TW_API int tw_artifact_open_memory(const void *data, size_t size, tw_artifact **out);
TW_API void tw_artifact_close(tw_artifact *artifact); /* null is allowed */

/* Texts of an artifact, valid until it is closed: the kernel's name, its target ("sm_90a"), its key, and its launch
 * rule as JSON ("arguments" lists name, kind, type, sizes and strides, -1 where any is allowed). Null for null. */
TW_API const char *tw_artifact_kernel(const tw_artifact *artifact);
TW_API const char *tw_artifact_target(const tw_artifact *artifact);
TW_API const char *tw_artifact_key(const tw_artifact *artifact);
TW_API const char *tw_artifact_launch_rule(const tw_artifact *artifact);

/* Opens a device by name: "cuda" or "cuda:1". It uses the primary context, which is the one of the CUDA runtime API. */
TW_API int tw_device_open(const char *name, tw_device **out);
TW_API void tw_device_close(tw_device *device); /* null is allowed; close its kernels first */
/* One line about the device, valid until it is closed. */
TW_API const char *tw_device_describe(const tw_device *device);

/* Loads an artifact on a device; the artifact may be closed afterwards. */
TW_API int tw_kernel_load(tw_device *device, const tw_artifact *artifact, tw_kernel **out);
TW_API void tw_kernel_close(tw_kernel *kernel); /* null is allowed; work that uses it must be done */

/* Checks the arguments and queues the kernel on `stream` (a CUstream or cudaStream_t; null is the default stream).
 * Returns before the kernel is done. A workspace, where the kernel needs one, is kept per stream. */
TW_API int tw_kernel_launch(tw_kernel *kernel, const tw_argument *arguments, size_t argument_count, void *stream);

/* Waits until everything queued on the device is done. */
TW_API int tw_device_synchronize(tw_device *device);

#ifdef __cplusplus
}
#endif

#endif
