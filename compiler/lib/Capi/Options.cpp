// The options of a compilation, from the JSON text that crosses the C interface.

#include "Options.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace tilewright;

static Failure failureOf(const std::string &what, const std::string &fix) {
  return Failure{FaultClass::User, "E-options-json", "error: options: " + what + "\n  fix: " + fix};
}

static std::string text(const llvm::json::Value &value) { return llvm::formatv("{0}", value).str(); }

Result<CompileOptions> tilewright::parseOptions(std::string_view json) {
  CompileOptions options;
  if (json.empty()) return options;
  auto parsed = llvm::json::parse(llvm::StringRef(json));
  if (!parsed)
    return failureOf("no JSON: " + llvm::toString(parsed.takeError()),
                     "write an object such as {\"target\": \"sm_80\"}");
  auto *object = parsed->getAsObject();
  if (!object) return failureOf("is no JSON object", "write an object such as {\"target\": \"sm_80\"}");
  for (auto &[key, value] : *object) {
    llvm::StringRef name = key;
    auto word = value.getAsString();
    auto flag = value.getAsBoolean();
    if (name == "target" && word) {
      options.target = word->str();
    } else if (name == "kernel" && word) {
      options.kernel = word->str();
    } else if (name == "assemble" && flag) {
      options.assemble = *flag;
    } else if (name == "keep_texts" && flag) {
      options.keepTexts = *flag;
    } else if (name == "schedule") {
      auto schedule = parseSchedule(text(value));
      if (!schedule) return schedule.failure();
      options.schedule = *schedule;
    } else {
      return failureOf("unknown field or value: " + name.str() + " = " + text(value),
                       "use target, kernel (strings), assemble, keep_texts (true or false), schedule (an object)");
    }
  }
  return options;
}
