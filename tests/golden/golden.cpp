// golden: writes the folder that records snippets on a GPU, lists them, and compares what was recorded.
#include "pack.hpp"

#include <cstdio>
#include <exception>

#include <fmt/format.h>

namespace {

constexpr const char *help = R"(usage: golden pack FOLDER --tool TW_RUN --script RECORD_SH [--no-cubin]
       golden list                 families, snippets and inputs
       golden replay FOLDER        runs what FOLDER recorded on the emulator and compares
       golden emulate [NAME]       runs the snippets whose name holds NAME on the emulator
exit codes of replay: 0 everything recorded agrees, 1 something differs or is damaged, 4 none recorded
)";

void print_families(const golden::Replay &result) {
  fmt::print("{:<32} {:>8} {:>8} {:>8} {:>6}\n", "family", "snippets", "inputs", "recorded", "wrong");
  for (const auto &f : result.families)
    fmt::print("{:<32} {:>8} {:>8} {:>8} {:>6}\n", f.name, f.snippets, f.inputs, f.recorded, f.wrong);
}

int replay(const std::string &records) {
  const golden::Replay result = golden::replay(records);
  print_families(result);
  for (const std::string &device : result.devices) fmt::print("recorded on {}\n", device);
  for (const std::string &fault : result.faults) fmt::print("{}\n", fault);
  if (result.none_recorded()) {
    fmt::print("none recorded: no family is confirmed by hardware\n");
    return 4;
  }
  return result.faults.empty() ? 0 : 1;
}

int emulate(const std::string &name) {
  int wrong = 0, right = 0;
  for (const golden::Snippet &s : golden::snippets()) {
    if (s.name.find(name) == std::string::npos) continue;
    const auto got = golden::emulate(s);
    ++(got ? right : wrong);
    if (!got) fmt::print("{}: {}\n", s.name, got.fault().message);
  }
  fmt::print("{} run, {} do not\n", right, wrong);
  return wrong ? 1 : 0;
}

} // namespace

int main(int argc, char **argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words == std::vector<std::string>{"list"}) return print_families(golden::replay({})), 0;
  if (words.size() == 2 && words[0] == "replay") return replay(words[1]);
  if (!words.empty() && words[0] == "emulate" && words.size() <= 2) return emulate(words.size() == 2 ? words[1] : "");
  if (words.size() >= 6 && words[0] == "pack" && words[2] == "--tool" && words[4] == "--script") {
    const auto bytes = golden::write_pack(words[1], words[3], words[5], words.size() == 6);
    fmt::print("{}: {} snippets, {:.1f} MB\n", words[1], golden::snippets().size(), static_cast<double>(bytes) / 1e6);
    return 0;
  }
  std::fputs(help, stderr);
  return 2;
} catch (const std::exception &error) {
  std::fprintf(stderr, "golden: error: %s\n", error.what());
  return 1;
}
