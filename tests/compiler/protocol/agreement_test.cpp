// Mutants of the scheduled form: what the emulator finds in their PTX, the protocol check must have refused.
#include "../execution/execution.hpp"
#include "../execution/gemm.hpp"

#include "../../../examples/kernels/attention.hpp"

#include "../../../compiler/lib/Pipeline/Diagnostics.h"
#include "../../../compiler/lib/Pipeline/EmitKernels.h"
#include "../../../compiler/lib/Pipeline/LaunchRules.h"
#include "../../../compiler/lib/Pipeline/Pipeline.h"
#include "../../../compiler/lib/Pipeline/ThreadContext.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <sstream>

using namespace execution;

namespace {

using Lines = std::vector<std::string>;

struct Mutant {
  std::string name;
  Lines lines;
};

Lines split(const std::string &text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string joined(const Lines &lines) {
  std::string text;
  for (const std::string &line : lines) text += line + "\n";
  return text;
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Positions of the lines that hold `op`.
std::vector<std::size_t> sites(const Lines &lines, const std::string &op) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].find(op) != std::string::npos) found.push_back(i);
  return found;
}

/// Faults in how results leave.
void addStoreMutants(const Lines &lines, std::vector<Mutant> &mutants) {
  auto put = [&](std::string what, std::size_t line, Lines changed) {
    mutants.push_back({what + ", line " + std::to_string(line + 1), std::move(changed)});
  };
  auto moved = [&](std::size_t from, std::size_t to) {
    Lines changed = lines;
    std::string text = changed[from];
    changed.erase(changed.begin() + std::ptrdiff_t(from));
    changed.insert(changed.begin() + std::ptrdiff_t(to), text);
    return changed;
  };
  for (const char *op : {"sched.fence_async", "sched.group_barrier", "sched.store_wait", "sched.write"})
    for (std::size_t line : sites(lines, op)) {
      Lines changed = lines;
      changed.erase(changed.begin() + std::ptrdiff_t(line));
      put(std::string(op) + " deleted", line, changed);
    }
  for (std::size_t line : sites(lines, "sched.store_wait")) {
    Lines changed = lines;
    std::string &text = changed[line];
    auto at = text.find("store_wait ") + 11;
    text[at] = static_cast<char>(text[at] + 1);
    put("wait that leaves one store more", line, changed);
  }
  // Write, fence, barrier, store follow each other.
  for (std::size_t line : sites(lines, "sched.tma_store")) {
    put("barrier before the fence", line, moved(line - 1, line - 2));
    put("fence before the write", line, moved(line - 2, line - 3));
    put("store before the barrier", line, moved(line, line - 1));
    put("write after the barrier", line, moved(line - 3, line - 1));
  }
  // Two sub-tiles through one slot.
  Lines changed = lines;
  for (std::string &line : changed) line = replaced(line, "ahead 1", "ahead 0");
  put("one slot only", 0, changed);
}

/// One fault in each, at every place where it can be.
std::vector<Mutant> mutantsOf(const Lines &lines) {
  std::vector<Mutant> mutants;
  auto at = [](const std::string &what, std::size_t line) { return what + ", line " + std::to_string(line + 1); };
  auto put = [&](std::string name, auto change) {
    Lines changed = lines;
    change(changed);
    mutants.push_back({std::move(name), std::move(changed)});
  };
  for (const char *op : {"sched.release", "sched.tma_load"})
    for (std::size_t line : sites(lines, op)) {
      put(at(std::string(op) + " deleted", line), [&](Lines &l) { l.erase(l.begin() + std::ptrdiff_t(line)); });
      put(at(std::string(op) + " twice", line), [&](Lines &l) { l.insert(l.begin() + std::ptrdiff_t(line), l[line]); });
    }
  for (const char *op : {"sched.acquire", "sched.await"})
    for (std::size_t line : sites(lines, op))
      put(at(std::string(op) + " twice", line), [&](Lines &l) {
        std::string copy = l[line];
        std::size_t name = copy.find('%');
        copy.replace(name, copy.find_first_of(" :", name) - name, "%copy");
        l.insert(l.begin() + std::ptrdiff_t(line), copy);
      });
  for (std::size_t line : sites(lines, "lag 1"))
    put(at("lag 0 for 1", line), [&](Lines &l) { l[line] = replaced(l[line], " lag 1", ""); });
  for (std::size_t line : sites(lines, "sched.dot_wait"))
    for (int pending : {1, 2, 3}) {
      std::string more = replaced(lines[line], "pending = 0 ", "pending = " + std::to_string(pending) + " ");
      more = replaced(more, "pending = 1 ", "pending = " + std::to_string(pending) + " ");
      if (more != lines[line])
        put(at("wait that leaves " + std::to_string(pending), line), [&](Lines &l) { l[line] = more; });
    }
  for (std::size_t line : sites(lines, " keeping "))
    put(at("registers not kept", line), [&](Lines &l) {
      std::size_t from = l[line].find(" keeping "), to = l[line].find(" {pending");
      l[line].erase(from, to - from);
    });
  // A release above the last wait of its iteration: the product is still reading.
  for (std::size_t line : sites(lines, "sched.dot "))
    for (std::size_t release : sites(lines, "sched.release"))
      if (release > line && release < line + 4)
        put(at("release before the product", line), [&](Lines &l) {
          std::string moved = replaced(l[release], " lag 1", "");
          l.erase(l.begin() + std::ptrdiff_t(release));
          l.insert(l.begin() + std::ptrdiff_t(line), moved);
        });
  put("one stage only", [&](Lines &l) {
    for (std::string &line : l) line = replaced(line, "<2 of <64x32", "<1 of <64x32");
  });
  addStoreMutants(lines, mutants);
  // One iteration fewer on one side.
  std::vector<std::size_t> loops;
  for (std::size_t line : sites(lines, "scf.for"))
    if (lines[line].find("%c0 to") != std::string::npos) loops.push_back(line);
  for (std::size_t i = 0; i < std::min<std::size_t>(loops.size(), 2); ++i)
    put(at("loop begins late", loops[i]), [&](Lines &l) { l[loops[i]] = replaced(l[loops[i]], "%c0 to", "%c1 to"); });
  return mutants;
}

/// What only clusters can do wrong, at every place where it can be.
std::vector<Mutant> clusterMutantsOf(const Lines &lines) {
  std::vector<Mutant> mutants;
  auto put = [&](std::string name, auto change) {
    Lines changed = lines;
    change(changed);
    mutants.push_back({std::move(name), std::move(changed)});
  };
  auto everywhere = [](Lines &l, const std::string &from, const std::string &to) {
    for (std::string &line : l) line = replaced(line, from, to);
  };
  for (std::size_t line : sites(lines, "sched.cluster_barrier"))
    put("no barrier at the end", [&](Lines &l) { l.erase(l.begin() + std::ptrdiff_t(line)); });
  put("stages given back to the own block only", [&](Lines &l) { everywhere(l, " cluster 2>", ">"); });
  put("stages given back to four blocks", [&](Lines &l) { everywhere(l, " cluster 2>", " cluster 4>"); });
  put("a quarter for each of two blocks", [&](Lines &l) { everywhere(l, " multicast 2 ", " multicast 4 "); });
  // The blocks begin their loops at different steps: in both roles, or in one. Where iterations overlap, the consumer's
  // begins at the second.
  std::vector<std::pair<std::size_t, std::string>> loops;
  std::string rank;
  for (std::size_t i = 0; loops.size() < 2 && i < lines.size(); ++i) {
    if (lines[i].find("sched.cluster_rank") != std::string::npos)
      rank = lines[i].substr(lines[i].find('%'), lines[i].find(" =") - lines[i].find('%'));
    if (lines[i].find("scf.for") == std::string::npos) continue;
    if (lines[i].find("%c0 to") != std::string::npos || lines[i].find("%c1 to") != std::string::npos)
      loops.emplace_back(i, rank);
  }
  REQUIRE(loops.size() >= 2);
  auto late = [&](Lines &l, std::size_t which) {
    auto &[line, rank] = loops[which];
    l[line] = replaced(replaced(l[line], "%c0 to", rank + " to"), "%c1 to", rank + " to");
  };
  put("the second block fills fewer stages", [&](Lines &l) { late(l, 0); });
  put("the second block reads fewer stages", [&](Lines &l) { late(l, 1); });
  put("the second block has a shorter loop", [&](Lines &l) { late(l, 0), late(l, 1); });
  return mutants;
}

enum class Verdict { kept, broken, undecided };

/// What the check says, and what comes of the text all the same.
struct Checked {
  Verdict verdict = Verdict::kept;
  std::string ptx;
  tw::rt::LaunchRule rule;
};

Checked checkAndEmit(const std::string &text, const tilewright::CompileOptions &options) {
  auto &context = tilewright::threadContext();
  tilewright::DiagnosticCollector diagnostics(context);
  auto module = tilewright::parseModule(context, text, "mutant.mlir");
  INFO(diagnostics.errors());
  REQUIRE(module);
  mlir::PassManager checking(&context);
  tilewright::addCheckingPasses(checking);
  Checked checked;
  if (failed(checking.run(*module)))
    checked.verdict =
        diagnostics.errors().find("is not proved") == std::string::npos ? Verdict::broken : Verdict::undecided;
  const tilewright::TargetInfo &target = **tilewright::findTarget(options.target);
  auto rule = tilewright::makeLaunchRule(llvm::to_vector(module->getOps<tilewright::tile::KernelOp>()), target);
  REQUIRE(succeeded(rule));
  checked.rule = *rule;
  auto emitted = tilewright::emitKernels(*module, target, options);
  if (!emitted) FAIL(emitted.failure().message);
  checked.ptx = emitted->ptx;
  return checked;
}

/// A kernel and what it is run on.
struct Subject {
  tilewright::Compiled program;
  std::function<std::vector<tw::rt::HostArgument>()> arguments;
};

/// What the emulator finds, over two timings: the kind of its first finding, or nothing.
std::string findingIn(const Subject &subject, const Checked &checked) {
  tw::rt::Artifact artifact = subject.program.artifact;
  artifact.ptx = checked.ptx;
  artifact.rule = checked.rule;
  artifact.line_map = {};
  // Two blocks, so that each has two tiles.
  std::get<tw::rt::KernelRule>(artifact.rule.variants.front().steps.front()).grid = {2, 1, 1};
  for (std::uint64_t seed : {0, 1}) {
    auto device = tw::rt::open_emulator_device({.seed = seed, .schedules = 1});
    REQUIRE(device);
    auto outcome = tw::rt::run_artifact(**device, artifact, subject.arguments(), {});
    if (!outcome) {
      INFO(outcome.fault().message);
      REQUIRE_FALSE((*device)->findings().empty());
      return (*device)->findings().front().text();
    }
  }
  return "";
}

tilewright::CompileOptions hopperOptions() {
  tilewright::CompileOptions options;
  options.target = "sm_90a";
  options.assemble = false;
  options.keepTexts = true;
  options.schedule.stages = 2;
  return options;
}

/// Holds the check against the emulator on the mutants of one program, of which the emulator has to find `least`.
template <class MutantsOf>
void compareVerdicts(const Subject &subject, const tilewright::CompileOptions &options, MutantsOf mutantsOf,
                     int least) {
  Checked original = checkAndEmit(subject.program.sched, options);
  CHECK(original.verdict == Verdict::kept);
  CHECK(findingIn(subject, original) == "");

  int found = 0, undecided = 0;
  auto mutants = mutantsOf(split(subject.program.sched));
  for (const Mutant &mutant : mutants) {
    Checked mutated = checkAndEmit(joined(mutant.lines), options);
    INFO(mutant.name);
    std::string finding = findingIn(subject, mutated);
    INFO(mutant.name << ": the emulator says '" << finding << "'");
    if (finding.empty()) continue;
    ++found;
    undecided += mutated.verdict == Verdict::undecided;
    CHECK(mutated.verdict != Verdict::kept);
  }
  INFO(mutants.size() << " mutants, " << found << " found by the emulator, " << undecided << " of them undecided");
  CHECK(found >= least);
  CHECK(10 * undecided <= found);
}

Subject productOf(const tilewright::CompileOptions &options) {
  return {compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 32}, {.name = "gemm"}), options), [] {
            return std::vector<tw::rt::HostArgument>{integers(ElementType::bf16, {128, 160}, 3, 1),
                                                     integers(ElementType::bf16, {160, 128}, 3, 2),
                                                     tensor(ElementType::f32, {128, 128})};
          }};
}

Subject attentionOf(const tilewright::CompileOptions &options) {
  return {compiled(tw::trace(Attention{.bm = 64, .bn = 64, .d = 64}, {.name = "attention"}), options), [] {
            auto matrix = [](std::int64_t rows, std::uint64_t seed) {
              return normals(ElementType::bf16, {rows, 64}, seed);
            };
            return std::vector<tw::rt::HostArgument>{matrix(256, 1), matrix(200, 2), matrix(200, 3),
                                                     tensor(ElementType::bf16, {256, 64}),
                                                     tw::rt::Scalar::of_double(ElementType::f32, 0.18)};
          }};
}

std::vector<Mutant> allMutantsOf(const Lines &lines) {
  auto mutants = mutantsOf(lines), more = clusterMutantsOf(lines);
  mutants.insert(mutants.end(), more.begin(), more.end());
  return mutants;
}

} // namespace

TEST_CASE("what the emulator finds in a mutant of a product's scheduled form, the protocol check refuses") {
  compareVerdicts(productOf(hopperOptions()), hopperOptions(), mutantsOf, 30);
}

TEST_CASE("the same in clusters") {
  auto options = hopperOptions();
  options.schedule.cluster = 2;
  compareVerdicts(productOf(options), options, allMutantsOf, 40);
}

TEST_CASE("the same where the iterations of a loop overlap") {
  compareVerdicts(attentionOf(hopperOptions()), hopperOptions(), mutantsOf, 25);
}

TEST_CASE("the same where they overlap in clusters") {
  auto options = hopperOptions();
  options.schedule.cluster = 2;
  compareVerdicts(attentionOf(options), options, allMutantsOf, 25);
}
