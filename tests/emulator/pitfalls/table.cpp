// Runs tw-emu over the pairs and writes the table.
#include "pitfalls/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <sys/wait.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tw::emu::pitfalls {
namespace {

const std::filesystem::path kFolder = TILEWRIGHT_PITFALLS;

std::string fileOf(const Pair &pair, bool broken) { return pair.name + (broken ? ".broken.ptx" : ".fixed.ptx"); }

/// The rest of the line `// KEY: ...` at the top of a file.
std::string headOf(const std::filesystem::path &file, const std::string &key) {
  std::ifstream in(file);
  std::string start = "// " + key + ": ";
  for (std::string line; std::getline(in, line) && line.compare(0, 2, "//") == 0;)
    if (line.compare(0, start.size(), start) == 0) return line.substr(start.size());
  throw std::runtime_error(fmt::format("{} has no line '{}'", file.string(), start));
}

template <class T> std::set<T> common(const std::vector<std::set<T>> &sets) {
  std::set<T> all = sets.front();
  for (const auto &one : sets) {
    std::set<T> both;
    std::set_intersection(all.begin(), all.end(), one.begin(), one.end(), std::inserter(both, both.end()));
    all = std::move(both);
  }
  return all;
}

/// What is reported under every seed; where that differs, the kinds of which each seed has one.
std::string reportOf(const Pair &pair) {
  std::vector<std::set<std::string>> rules;
  std::set<std::string> kinds;
  for (unsigned seed : kSeeds) {
    std::vector<std::string> reported = run(pair, true, seed).reported;
    rules.emplace_back(reported.begin(), reported.end());
    for (const std::string &one : reported) kinds.insert(one.substr(0, one.find(':')));
  }
  std::set<std::string> always = common(rules);
  return always.empty() ? fmt::format("by schedule: {}", fmt::join(kinds, ", "))
                        : fmt::format("{}", fmt::join(always, ", "));
}

} // namespace

std::vector<Pair> pairs() {
  std::vector<Pair> found;
  for (const auto &entry : std::filesystem::directory_iterator(kFolder)) {
    std::string name = entry.path().filename().string();
    const std::string ending = ".broken.ptx";
    if (name.size() <= ending.size() || name.substr(name.size() - ending.size()) != ending) continue;
    Pair pair;
    pair.name = name.substr(0, name.size() - ending.size());
    pair.fault = headOf(entry.path(), "class");
    pair.seenAt = headOf(entry.path(), "seen at");
    pair.launch = headOf(entry.path(), "launch");
    if (headOf(kFolder / fileOf(pair, false), "launch") != pair.launch)
      throw std::runtime_error(fmt::format("the two files of {} have different launches", pair.name));
    found.push_back(std::move(pair));
  }
  std::sort(found.begin(), found.end(), [](const Pair &a, const Pair &b) { return a.name < b.name; });
  return found;
}

Outcome run(const Pair &pair, bool broken, unsigned seed) {
  std::string command = fmt::format("'{}' '{}' {} --seed {} --budget 1000000 --json 2>&1", TILEWRIGHT_TW_EMU,
                                    (kFolder / fileOf(pair, broken)).string(), pair.launch, seed);
  Outcome outcome;
  FILE *pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::array<char, 4096> buffer;
  while (size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) outcome.text.append(buffer.data(), got);
  outcome.code = WEXITSTATUS(pclose(pipe));
  auto report = nlohmann::json::parse(outcome.text, nullptr, false);
  if (report.is_discarded()) return outcome;
  std::set<std::string> reported;
  for (const auto &finding : report["findings"])
    reported.insert(fmt::format("{}: {}", finding["kind"].get<std::string>(), finding["rule"].get<std::string>()));
  outcome.reported.assign(reported.begin(), reported.end());
  return outcome;
}

std::string document() {
  std::string text = R"(# Faults of asynchronous code, and what the emulator says

Written by `emulator_pitfalls --write docs/PITFALLS.md` from runs of `tw-emu`; a test compares. Each fault is a pair of files
in `tests/emulator/pitfalls`, `NAME.broken.ptx` and `NAME.fixed.ptx`, which differ in the one operation that is missing,
misplaced or wrong. The broken file is reported, and the fixed one is clean, whether asynchronous effects land early, late or
at random. The launch is in the first lines of each file. "Seen at" names public reports of the same fault in other compilers.

| Fault | Seen at | Files | Reported for the broken one (kind: rule) |
|---|---|---|---|
)";
  for (const Pair &pair : pairs())
    text += fmt::format("| {} | {} | `{}` | {} |\n", pair.fault, pair.seenAt, pair.name, reportOf(pair));
  return text;
}

} // namespace tw::emu::pitfalls
