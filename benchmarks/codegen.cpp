// bench_codegen: what the code of products and attention looks like: registers, spills, notes, the main loop.

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <tilewright/compile.hpp>
#include <vector>

#include "kernels/attention.hpp"
#include "kernels/matmul.hpp"
#include "kernels/matmul_bias_silu.hpp"
#include "kernels/matmul_block_scaled.hpp"

namespace {

using namespace tw;

bool is_tensor(const std::string &opcode) {
  return opcode.starts_with("mma.sync") || opcode.starts_with("wgmma.mma_async");
}

/// Instructions of a loop: those of the tensor cores, and all others.
struct Loop {
  int tensor = 0, others = 0;
};

/// The innermost loop of the first entry that holds the most tensor instructions: from a label to the last branch back
/// to it.
Loop main_loop(const std::string &ptx) {
  std::vector<std::string> opcodes;
  std::map<std::string, std::size_t> labels;
  Loop best;
  std::istringstream lines(ptx);
  bool ended = false;
  for (std::string line; !ended && std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, target;
    words >> word;
    if (word.starts_with("@")) words >> word;
    if (word.empty() || word.starts_with("//") || word[0] == '.' || word[0] == '{' || word[0] == '}') continue;
    if (word.ends_with(":")) {
      labels[word.substr(0, word.size() - 1)] = opcodes.size();
      continue;
    }
    std::string opcode = word.substr(0, word.find(';'));
    opcodes.push_back(opcode);
    ended = opcode == "ret";
    if (!opcode.starts_with("bra")) continue;
    words >> target;
    auto label = labels.find(target.substr(0, target.find(';')));
    if (label == labels.end()) continue;
    auto first = opcodes.begin() + static_cast<std::ptrdiff_t>(label->second);
    auto tensor = static_cast<int>(std::count_if(first, opcodes.end(), is_tensor));
    int all = static_cast<int>(opcodes.end() - first);
    if (tensor > best.tensor || (tensor > 0 && tensor == best.tensor && all < best.tensor + best.others))
      best = {tensor, all - tensor};
  }
  return best;
}

std::string number(std::int64_t value) { return value < 0 ? "-" : std::to_string(value); }

template <class K> void row(const char *name, const K &kernel, const char *target, const Schedule &schedule = {}) {
  CompileOptions options;
  options.keep_members = true;
  Compiled compiled = compile(kernel, schedule, target, options);
  const Report &report = compiled.report();
  const EntryReport &entry = report.entries.front();
  Loop loop = main_loop(compiled.ptx());
  auto notes = std::count_if(report.remarks.begin(), report.remarks.end(), [](const std::string &remark) {
    return remark.find("Potential") != std::string::npos || remark.find("C75") != std::string::npos;
  });
  std::int64_t spills =
      entry.spill_store_bytes < 0 ? -1 : entry.spill_store_bytes + entry.spill_load_bytes + entry.stack_bytes;
  std::printf("%-30s %-7s %7d %9s %6s %5d %6d %9lld %6d %6d %8.2f %9.1f\n", name, target, entry.threads,
              number(entry.registers).c_str(), number(spills).c_str(), static_cast<int>(notes),
              compiled.schedule().stages.value(), static_cast<long long>(entry.shared_bytes), loop.tensor, loop.others,
              loop.tensor ? static_cast<double>(loop.others) / loop.tensor : 0.0, report.milliseconds.to_ptx());
}

} // namespace

int main(int argc, char **) {
  if (argc > 1) {
    std::fprintf(stderr, "usage: bench_codegen\n");
    return 2;
  }
  try {
    std::printf(
        "Code of the variant for aligned memory; %s.\n"
        "Main loop: the innermost with the most tensor instructions; others per one of them. Spills: bytes of a\n"
        "thread, stack included. Notes: performance notes of the assembler. Registers: at entry.\n\n",
        tw_compiler_version());
    std::printf("%-30s %-7s %7s %9s %6s %5s %6s %9s %6s %6s %8s %9s\n", "kernel", "target", "threads", "registers",
                "spills", "notes", "stages", "shared", "tensor", "others", "per one", "ms to PTX");
    for (const char *target : {"sm_80", "sm_90a"}) {
      row("matmul 128x128x32", Matmul{.bm = 128, .bn = 128, .bk = 32}, target);
      row("matmul 128x128x64", Matmul{.bm = 128, .bn = 128, .bk = 64}, target);
      row("matmul 128x256x64", Matmul{.bm = 128, .bn = 256, .bk = 64}, target);
      row("matmul 256x128x64, a transposed", Matmul{.bm = 256, .bn = 128, .bk = 64, .transpose_a = true}, target);
      row("bias and SiLU 128x128x64", MatmulBiasSilu{.bm = 128, .bn = 128, .bk = 64}, target);
      row("attention d64, 128x128", Attention{.bm = 128, .bn = 128, .d = 64}, target);
      row("attention d64, causal", Attention{.bm = 128, .bn = 128, .d = 64, .causal = true}, target);
      row("attention d128, 64x64", Attention{.bm = 64, .bn = 64, .d = 128}, target);
    }
    row("matmul 128x256x64, clusters", Matmul{.bm = 128, .bn = 256, .bk = 64}, "sm_90a", {.cluster = 2});
    row("block scales, 128x128x128", MatmulBlockScaled{}, "sm_90a");
    row("attention d128, 128x128", Attention{.bm = 128, .bn = 128, .d = 128}, "sm_90a");
    row("attention d128, 128x176", Attention{.bm = 128, .bn = 176, .d = 128}, "sm_90a");
    return 0;
  } catch (const Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
