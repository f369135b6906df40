// Program of the mutation harness: lists mutants, runs them, reports which were noticed and by what.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "mutation/report.hpp"

using namespace tw::emu;
using namespace tw::emu::mutation;

namespace {

constexpr const char *kHelp =
    R"(usage: emulator_mutants [--list | --originals] [--only TEXT] [--seed N] [--sample N] [--jobs N] [--details] [--report FILE]
runs every mutant of the test kernels on the emulator and reports what noticed it
  --list         only names the mutants
  --originals    runs the kernels as they are, with 16 seeds each
  --only TEXT    those whose name holds TEXT (name: SOURCE:KERNEL RULE OPCODE #NUMBER)
  --seed N       how far operations move, which product's operands change (default 0)
  --sample N     every Nth mutant
  --jobs N       host threads (default 2)
  --details      the first finding of every mutant
  --report FILE  writes the report there instead of printing it
exit codes: 0 all that must be noticed is, 1 something is not, 2 usage
)";

} // namespace

int main(int argc, char **argv) {
  Selection selection;
  std::string file;
  bool list = false, details = false, originals = false;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    auto value = [&]() -> std::string {
      if (i + 1 < argc) return argv[++i];
      std::fprintf(stderr, "emulator_mutants: error: %s needs a value\n%s", flag.c_str(), kHelp);
      std::exit(2);
    };
    if (flag == "--list")
      list = true;
    else if (flag == "--originals")
      originals = true;
    else if (flag == "--details")
      details = true;
    else if (flag == "--report")
      file = value();
    else if (flag == "--only")
      selection.only = value();
    else if (flag == "--seed")
      selection.seed = std::stoull(value());
    else if (flag == "--sample")
      selection.every = std::max<size_t>(1, std::stoul(value()));
    else if (flag == "--jobs")
      selection.jobs = std::max<unsigned>(1, static_cast<unsigned>(std::stoul(value())));
    else {
      std::fputs(kHelp, flag == "--help" ? stdout : stderr);
      return flag == "--help" ? 0 : 2;
    }
  }
  if (list) {
    for (const std::string &name : namesOf(selection)) std::puts(name.c_str());
    return 0;
  }
  if (originals) {
    int flawed = 0;
    for (const test::LaunchCase &launch : test::allCases()) {
      if (launch.name().find(selection.only) == std::string::npos) continue;
      std::string flaw = Subject(launch).flaw(16);
      std::printf("%s: %s\n", launch.name().c_str(), flaw.empty() ? "clean" : flaw.c_str());
      flawed += !flaw.empty();
    }
    return flawed ? 1 : 0;
  }
  Report report = runMutants(selection);
  if (file.empty())
    std::fputs(report.text(details).c_str(), stdout);
  else
    std::ofstream(file) << report.text(details);
  return report.failures().empty() ? 0 : 1;
}
