// twc: the offline compiler.

#include "Commands.h"

#include <cstdio>
#include <exception>

using namespace tilewright::twc;

static tw::rt::Result<int> dispatch(const Options &options) {
  switch (options.command) {
  case Options::Command::Help: std::fputs(helpText, stdout); return 0;
  case Options::Command::Compile: return emit(options);
  case Options::Command::Inspect: return inspect(options);
  case Options::Command::Run: return run(options);
  }
  return 3;
}

int main(int argc, char **argv) try {
  const tw::rt::Result<Options> options = parseOptions({argv + 1, argv + argc});
  const tw::rt::Result<int> result = options ? dispatch(*options) : tw::rt::Result<int>(options.fault());
  if (result) return *result;
  std::fprintf(stderr, "%s\n", result.fault().message.c_str());
  return result.fault().exit_code();
} catch (const std::exception &error) {
  std::fprintf(stderr, "twc: error: this is our bug: %s\n  fix: report it with the command line and the file\n",
               error.what());
  return 3;
}
