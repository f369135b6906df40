// The C interface over the compiler: handles, checked pointers, and no exception that leaves.

#include "tilewright/c/compiler.h"

#include "Options.h"
#include "Report.h"
#include "tilewright/compiler/choose_members.h"

#include "llvm/Config/llvm-config.h"

#include <algorithm>
#include <exception>
#include <memory>

using namespace tilewright;

struct tw_compilation {
  Compiled compiled;
  std::vector<std::byte> image;
  std::string report;
  std::vector<tw_entry_resources> entries;
  std::vector<ScheduleField> fields;
  std::vector<std::string> remarks;
};

struct tw_compile_error {
  int fault;
  std::string code, message;
};

static int classOf(FaultClass fault) {
  switch (fault) {
  case FaultClass::User: return TW_COMPILE_USER;
  case FaultClass::Limit: return TW_COMPILE_LIMIT;
  case FaultClass::Internal: break;
  }
  return TW_COMPILE_BUG;
}

static int fail(const Failure &failure, tw_compile_error **error) {
  int fault = classOf(failure.fault);
  if (error) *error = new (std::nothrow) tw_compile_error{fault, failure.code, failure.message};
  return fault;
}

static Result<std::unique_ptr<tw_compilation>> run(std::string_view text, const char *fileName, const char *options) {
  auto parsed = parseOptions(options ? options : "");
  if (!parsed) return parsed.failure();
  auto compiled = tilewright::compile(text, fileName ? fileName : "module", *parsed);
  if (!compiled) return compiled.failure();
  auto result = std::make_unique<tw_compilation>();
  // The entries point into the compilation, so it takes its final place first.
  result->compiled = std::move(*compiled);
  result->image = tw::rt::serialise(result->compiled.artifact);
  result->report = reportOf(result->compiled);
  result->entries = entriesOf(result->compiled);
  result->fields = scheduleFieldsOf(result->compiled);
  result->remarks = remarksOf(result->compiled);
  return result;
}

int tw_compiler_api_version(void) { return TW_COMPILER_API_VERSION; }
const char *tw_compiler_version(void) { return "tilewright " TILEWRIGHT_VERSION ", LLVM " LLVM_VERSION_STRING; }

int tw_compile(const char *text, size_t size, const char *file_name, const char *options, tw_compilation **out,
               tw_compile_error **error) {
  if (out) *out = nullptr;
  if (error) *error = nullptr;
  try {
    if (!out || (!text && size > 0))
      return fail({FaultClass::User, "E-c-null", "tw_compile: error: a pointer is null\n  fix: give a text and `out`"},
                  error);
    auto result = run({text, size}, file_name, options);
    if (!result) return fail(result.failure(), error);
    *out = result->release();
    return TW_COMPILE_OK;
  } catch (const std::exception &exception) {
    return fail({FaultClass::Internal, "E-c-exception", std::string("tw_compile: error: ") + exception.what()}, error);
  }
}

int tw_choose_members(int64_t *values, size_t count, const char *(*trace)(void *context, const int64_t *values),
                      void *context, const char *options, tw_compile_error **error) {
  if (error) *error = nullptr;
  try {
    if ((!values && count > 0) || !trace)
      return fail({FaultClass::User, "E-c-null",
                   "tw_choose_members: error: a pointer is null\n  fix: give values and a function that traces"},
                  error);
    auto parsed = parseOptions(options ? options : "");
    if (!parsed) return fail(parsed.failure(), error);
    auto retrace = [&](const std::vector<int64_t> &tried) -> std::optional<std::string> {
      const char *text = trace(context, tried.data());
      return text ? std::optional<std::string>(text) : std::nullopt;
    };
    std::vector<int64_t> chosen = chooseMembers(std::vector<int64_t>(values, values + count), retrace, *parsed);
    std::copy(chosen.begin(), chosen.end(), values);
    return TW_COMPILE_OK;
  } catch (const std::exception &exception) {
    return fail({FaultClass::Internal, "E-c-exception", std::string("tw_choose_members: error: ") + exception.what()},
                error);
  }
}

const void *tw_compilation_artifact(const tw_compilation *compilation, size_t *size) {
  *size = compilation->image.size();
  return compilation->image.data();
}

const char *tw_compilation_text(const tw_compilation *compilation, const char *name) {
  std::string_view wanted = name;
  const Compiled &compiled = compilation->compiled;
  if (wanted == "ptx") return compiled.artifact.ptx.c_str();
  if (wanted == "report") return compilation->report.c_str();
  if (wanted == "schedule") return compiled.artifact.schedule.c_str();
  if (wanted == "sched") return compiled.sched.c_str();
  if (wanted == "llvm") return compiled.llvmIr.c_str();
  return nullptr;
}

void tw_compilation_schedule(const tw_compilation *compilation,
                             void (*each)(void *context, const char *name, const char *type, const char *value),
                             void *context) {
  for (const ScheduleField &field : compilation->fields)
    each(context, field[0].c_str(), field[1].c_str(), field[2].c_str());
}

void tw_compilation_free(tw_compilation *compilation) { delete compilation; }

tw_compile_timings tw_compilation_timings(const tw_compilation *compilation) {
  const CompileTimings &timings = compilation->compiled.timings;
  return {timings.parse, timings.passes, timings.llvm, timings.assembly};
}

size_t tw_compilation_entry_count(const tw_compilation *compilation) { return compilation->entries.size(); }
tw_entry_resources tw_compilation_entry(const tw_compilation *compilation, size_t index) {
  return compilation->entries[index];
}

size_t tw_compilation_remark_count(const tw_compilation *compilation) { return compilation->remarks.size(); }
const char *tw_compilation_remark(const tw_compilation *compilation, size_t index) {
  return compilation->remarks[index].c_str();
}

int tw_compile_error_class(const tw_compile_error *error) { return error->fault; }
const char *tw_compile_error_code(const tw_compile_error *error) { return error->code.c_str(); }
const char *tw_compile_error_message(const tw_compile_error *error) { return error->message.c_str(); }
void tw_compile_error_free(tw_compile_error *error) { delete error; }
