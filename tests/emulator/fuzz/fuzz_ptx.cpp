// Mutates PTX texts, runs each and reports: how many parse and run, what was found, which cases broke the machine.
//
// fuzz_ptx [--cases N] [--seed S] [--only CASE] [--failures FOLDER] FILE.ptx...
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <new>
#include <numeric>
#include <sstream>

#include "run_case.hpp"
#include "sandbox.hpp"
#include "text.hpp"
#include "tilewright/emulator/emulator.hpp"

using namespace tw::emu::fuzz;

namespace {

struct Options {
  uint64_t cases = 1000, seed = 1;
  int64_t only = -1;
  std::string failures = "fuzz-failures";
  std::vector<std::string> files;
};

Options parseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    if (name.rfind("--", 0) != 0) {
      options.files.push_back(name);
      continue;
    }
    ++i;
    if (name == "--cases")
      options.cases = std::stoull(value);
    else if (name == "--seed")
      options.seed = std::stoull(value);
    else if (name == "--only")
      options.only = std::stoll(value);
    else if (name == "--failures")
      options.failures = value;
    else
      options.files.clear(), i = argc;
  }
  return options;
}

std::vector<std::string> readKernels(const std::vector<std::string> &files) {
  std::vector<std::string> all;
  for (const std::string &path : files) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    for (std::string &kernel : kernels(text.str())) all.push_back(std::move(kernel));
  }
  return all;
}

/// Case `number` from its seed alone.
struct Case {
  Case(const std::vector<std::string> &corpus, const Mutator &mutator, uint64_t seed, uint64_t number)
      : random(seed * 0x9e3779b97f4a7c15 + number) {
    text = mutator.mutant(corpus[below(random, corpus.size())], random);
  }
  Random random;
  std::string text;
};

void writeFailure(const Options &options, uint64_t number, const std::string &text, const std::string &why) {
  std::filesystem::create_directories(options.failures);
  std::string path =
      options.failures + "/seed" + std::to_string(options.seed) + "-case" + std::to_string(number) + ".ptx";
  std::ofstream(path) << text;
  std::ofstream note(path + ".txt");
  note << why << "\nrun again: fuzz_ptx --seed " << options.seed << " --only " << number;
  for (const std::string &file : options.files) note << ' ' << file;
  std::printf("case %llu: %s; written to %s\n", static_cast<unsigned long long>(number),
              why.substr(0, why.find('\n')).c_str(), path.c_str());
}

double percent(uint64_t part, uint64_t whole) {
  return whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

/// How far the cases stay below the limit of time.
void reportSlowest(const Options &options, const Outcome *outcomes) {
  std::vector<uint64_t> order(options.cases);
  std::iota(order.begin(), order.end(), 0);
  size_t shown = std::min<size_t>(3, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](uint64_t a, uint64_t b) { return outcomes[a].microseconds > outcomes[b].microseconds; });
  std::printf("  slowest cases:");
  for (size_t i = 0; i < shown; ++i)
    std::printf(" %llu (%u ms)", static_cast<unsigned long long>(order[i]), outcomes[order[i]].microseconds / 1000);
  std::printf("\n");
}

/// Prints the counts; false when fewer than 30 % of the cases parsed and ran, which would test the parser alone.
bool report(const Options &options, const Outcome *outcomes, size_t crashes) {
  static const char *kinds[] = {"race", "uninit", "bounds", "hang", "misuse", "unsupported"};
  std::array<uint64_t, 5> stages{};
  std::array<uint64_t, 6> with{};
  uint64_t unsupported = 0, silent = 0;
  for (uint64_t i = 0; i < options.cases; ++i) {
    const Outcome &o = outcomes[i];
    ++stages[static_cast<size_t>(o.stage)];
    unsupported += o.unsupported;
    silent += o.silent != 0;
    for (size_t k = 0; k < with.size(); ++k) with[k] += o.kinds[k] != 0 && o.stage == Outcome::Stage::Findings;
  }
  uint64_t ran = stages[3] + stages[4], parsed = options.cases - stages[1] - stages[0];
  std::printf("%llu cases of seed %llu: %.1f %% parsed, %.1f %% ran\n", static_cast<unsigned long long>(options.cases),
              static_cast<unsigned long long>(options.seed), percent(parsed, options.cases),
              percent(ran, options.cases));
  std::printf("  rejected %llu (%llu as unsupported), launch refused %llu, clean %llu, with findings %llu\n",
              static_cast<unsigned long long>(stages[1]), static_cast<unsigned long long>(unsupported),
              static_cast<unsigned long long>(stages[2]), static_cast<unsigned long long>(stages[3]),
              static_cast<unsigned long long>(stages[4]));
  for (size_t k = 0; k < with.size(); ++k)
    std::printf("  cases with a finding of kind %-11s %llu\n", kinds[k], static_cast<unsigned long long>(with[k]));
  std::printf("  messages without text or place: %llu\n  crashes, overruns of time or memory: %zu\n",
              static_cast<unsigned long long>(silent), crashes);
  reportSlowest(options, outcomes);
  bool enough = percent(ran, options.cases) >= 30;
  if (!enough) std::printf("fewer than 30 %% ran: the mutations are too coarse\n");
  return enough && silent == 0;
}

} // namespace

int main(int argc, char **argv) {
  Options options = parseOptions(argc, argv);
  std::vector<std::string> corpus = readKernels(options.files);
  if (corpus.empty()) {
    std::printf("usage: fuzz_ptx [--cases N] [--seed S] [--only CASE] [--failures FOLDER] FILE.ptx...\n");
    return 2;
  }
  for (const std::string &text : corpus)
    if (auto parsed = tw::emu::Module::parse(text, "seed.ptx");
        auto *error = std::get_if<tw::emu::ParseError>(&parsed)) {
      std::printf("an unchanged kernel does not parse: %s\n", error->text().c_str());
      return 2;
    }
  Mutator mutator(corpus);
  if (options.only >= 0) {
    Case one(corpus, mutator, options.seed, static_cast<uint64_t>(options.only));
    std::fputs(one.text.c_str(), stdout);
    Outcome outcome;
    std::clock_t start = std::clock();
    runCase(one.text, one.random, outcome);
    std::printf("// stage %u, %lld ms\n", static_cast<unsigned>(outcome.stage),
                static_cast<long long>((std::clock() - start) * 1000 / CLOCKS_PER_SEC));
    return 0;
  }
  auto *outcomes = static_cast<Outcome *>(sharedMemory(options.cases * sizeof(Outcome)));
  std::vector<Crash> crashes = runGuarded(0, options.cases, {}, [&](uint64_t number) {
    Case one(corpus, mutator, options.seed, number);
    auto *outcome = new (&outcomes[number]) Outcome;
    std::clock_t start = std::clock();
    runCase(one.text, one.random, *outcome);
    outcome->microseconds = static_cast<uint32_t>((std::clock() - start) * 1'000'000 / CLOCKS_PER_SEC);
  });
  for (const Crash &crash : crashes)
    writeFailure(options, crash.number, Case(corpus, mutator, options.seed, crash.number).text,
                 crash.what + "\n" + crash.output);
  for (uint64_t i = 0; i < options.cases; ++i)
    if (outcomes[i].silent) writeFailure(options, i, Case(corpus, mutator, options.seed, i).text, "silent");
  std::printf("corpus: %zu kernels\n", corpus.size());
  return report(options, outcomes, crashes.size()) && crashes.empty() ? 0 : 1;
}
