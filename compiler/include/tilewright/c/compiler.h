/* The C interface of the Tilewright compiler: from the text of a trace to an artifact and what is known about it.
 *
 * Nothing here throws, and no C++ type crosses it. Functions may be called from several threads at once; each object
 * belongs to one thread at a time.
 */
#ifndef TILEWRIGHT_C_COMPILER_H
#define TILEWRIGHT_C_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TW_COMPILER_API __attribute__((visibility("default")))
#else
#define TW_COMPILER_API
#endif

/* Version of this interface; it grows when a function is added. */
#define TW_COMPILER_API_VERSION 2

/* Who has to act on an error; the numbers are the exit codes of the tools. */
#define TW_COMPILE_OK 0
#define TW_COMPILE_USER 1  /* the kernel, its schedule or the call is at fault */
#define TW_COMPILE_BUG 3   /* a bug of the compiler */
#define TW_COMPILE_LIMIT 4 /* this target or machine cannot do it */

/* A compiled kernel with its report. */
typedef struct tw_compilation tw_compilation;
/* Why a compilation failed. */
typedef struct tw_compile_error tw_compile_error;

/* Version of the library that is linked; compare with TW_COMPILER_API_VERSION. */
TW_COMPILER_API int tw_compiler_api_version(void);
/* What compiles, for reports and cache keys: "tilewright 0.1.0, LLVM 22.1.0". */
TW_COMPILER_API const char *tw_compiler_version(void);

/* Compiles one kernel of a module of the tile dialect. `text` holds `size` bytes; `file_name` is what messages call it.
 * `options` is a JSON object, or null; its fields, all optional:
 *   "target": "sm_80"      the target
 *   "kernel": "name"       the kernel, where the module has several
 *   "schedule": {...}      fields of the schedule that are fixed: stages, warps, mma_atom, swizzle, raster_group,
 *                          raster_order, reversed, persistent, dynamic, cluster, multicast, split_k, deterministic
 *   "assemble": true       also make a cubin, if an assembler is on this machine
 *   "keep_texts": false    keep the intermediate forms, see tw_compilation_text
 * Gives TW_COMPILE_OK and sets `out`, or gives the class of the error and sets `error` (which may be null). The one of
 * `out` and `error` that is not set becomes null. Free both with the functions below. */
TW_COMPILER_API int tw_compile(const char *text, size_t size, const char *file_name, const char *options,
                               tw_compilation **out, tw_compile_error **error);

/* Chooses values for members of a kernel that nobody has fixed: the block shape of its product, by a model of its time.
 * `values` holds the `count` values that they have, and receives the chosen ones; only members that are extents of the
 * product change. `trace(context, values)` gives the text of the kernel with these values, which must live until the
 * next call, or null where the kernel refuses them. `options` as above. Without a kernel that it understands all values
 * stay. Gives TW_COMPILE_OK, or the class of the error and sets `error` (which may be null). A kernel that does not
 * compile with the chosen values, for reasons that the model does not know, is to be compiled with its own. */
TW_COMPILER_API int tw_choose_members(int64_t *values, size_t count,
                                      const char *(*trace)(void *context, const int64_t *values), void *context,
                                      const char *options, tw_compile_error **error);

/* The artifact as the bytes of its file; valid until the compilation is freed. */
TW_COMPILER_API const void *tw_compilation_artifact(const tw_compilation *compilation, size_t *size);
/* A text, valid until the compilation is freed, or null for an unknown name: "ptx", "report" (JSON: timings, resources,
 * shared buffers, remarks), "schedule" (JSON, every field), and, empty unless kept, "sched" and "llvm". */
TW_COMPILER_API const char *tw_compilation_text(const tw_compilation *compilation, const char *name);
/* Calls `each(context, name, type, value)` for the fields of the schedule (type "field"), then for the members of the
 * kernel, by name (type "bool", "int" for whole numbers, "float"). */
TW_COMPILER_API void tw_compilation_schedule(const tw_compilation *compilation,
                                             void (*each)(void *context, const char *name, const char *type,
                                                          const char *value),
                                             void *context);
TW_COMPILER_API void tw_compilation_free(tw_compilation *compilation); /* null is allowed */

/* Wall-clock milliseconds of the stages. */
typedef struct tw_compile_timings {
  double parse, passes, llvm, assembly;
} tw_compile_timings;
TW_COMPILER_API tw_compile_timings tw_compilation_timings(const tw_compilation *compilation);

/* What one entry of the PTX takes: registers of a thread, bytes of stack and spills of a thread, bytes of shared memory
 * of a block, threads of a block. All but the last two are -1 where nothing was assembled. */
typedef struct tw_entry_resources {
  const char *name;
  int32_t registers;
  int64_t stack_bytes, spill_store_bytes, spill_load_bytes;
  int64_t shared_bytes;
  int32_t threads;
} tw_entry_resources;
TW_COMPILER_API size_t tw_compilation_entry_count(const tw_compilation *compilation);
/* Entry `index`, in the order in which the launch rule tries them; its name is valid until the compilation is freed. */
TW_COMPILER_API tw_entry_resources tw_compilation_entry(const tw_compilation *compilation, size_t index);

/* Remarks for people, a few lines each: what was declined and why, notes of the assembler, and why there is no cubin.
 */
TW_COMPILER_API size_t tw_compilation_remark_count(const tw_compilation *compilation);
TW_COMPILER_API const char *tw_compilation_remark(const tw_compilation *compilation, size_t index);

/* The class (TW_COMPILE_*), the stable code and the text of an error: what, where, why, fix. */
TW_COMPILER_API int tw_compile_error_class(const tw_compile_error *error);
TW_COMPILER_API const char *tw_compile_error_code(const tw_compile_error *error);
TW_COMPILER_API const char *tw_compile_error_message(const tw_compile_error *error);
TW_COMPILER_API void tw_compile_error_free(tw_compile_error *error); /* null is allowed */

#ifdef __cplusplus
}
#endif

#endif
