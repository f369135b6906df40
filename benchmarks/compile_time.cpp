// bench_compile: how long compiling takes, stage by stage, and how long the host compiler needs for a file of a user.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <tilewright/compile.hpp>
#include <vector>

#include "kernels/matmul.hpp"
#include "kernels/matmul_bias_silu.hpp"
#include "kernels/matmul_staged.hpp"
#include "kernels/row_softmax.hpp"
#include "kernels/vector_add.hpp"

namespace {

using namespace tw;

/// With the block shapes that the rows are named after.
const CompileOptions as_written = [] {
  CompileOptions options;
  options.keep_members = true;
  return options;
}();

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_times(const char *name, const char *when, const StageTimes &t) {
  std::printf("%-32s %-7s %7.2f %7.2f %7.2f %7.2f %7.2f %8.2f %9.2f %9.2f\n", name, when, t.choose, t.trace, t.parse,
              t.passes, t.llvm, t.to_ptx(), t.assembly, t.total());
}

/// Compiles up to `repeat` times in this warm process, fewer (but three times) where that takes longer than ten
/// seconds; the median of each stage.
template <class K>
void warm_row(const char *name, const K &kernel, int repeat, const CompileOptions &options = as_written) {
  std::vector<StageTimes> times;
  double spent = 0;
  for (int i = 0; i < repeat && (i < 3 || spent < 10'000); ++i) {
    times.push_back(compile(kernel, {}, "sm_80", options).report().milliseconds);
    spent += times.back().total();
  }
  auto of = [&](double StageTimes::*stage) {
    std::vector<double> values;
    for (const StageTimes &t : times) values.push_back(t.*stage);
    return median(values);
  };
  print_times(name, "warm",
              {of(&StageTimes::choose), of(&StageTimes::trace), of(&StageTimes::parse), of(&StageTimes::passes),
               of(&StageTimes::llvm), of(&StageTimes::assembly)});
}

/// Median seconds of `command`, or a negative number if it fails.
double seconds_of(const std::string &command, int repeat) {
  std::vector<double> times;
  for (int i = 0; i < repeat; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (std::system(command.c_str()) != 0) return -1;
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return median(times);
}

void time_row(const char *name, const std::string &command) {
  double seconds = seconds_of(command, 3);
  if (seconds < 0)
    std::printf("%-32s failed\n", name);
  else
    std::printf("%-32s %.2f s\n", name, seconds);
}

/// The product whose first compile is timed, in this process and in one of its own.
constexpr Matmul gemm{.bm = 128, .bn = 128, .bk = 32};

int one_compile() {
  auto compiled = try_compile(gemm, {}, "sm_80", as_written);
  if (!compiled) std::fprintf(stderr, "%s\n", compiled.error().what());
  return compiled ? 0 : 1;
}

/// How busy the machine is, without which times mean little.
std::string load() {
  double average = 0;
  if (getloadavg(&average, 1) != 1) return "unknown load";
  char text[64];
  std::snprintf(text, sizeof text, "load %.1f on %u cores", average, std::thread::hardware_concurrency());
  return text;
}

void compile_table(int repeat) {
  std::printf("%-32s %-7s %7s %7s %7s %7s %7s %8s %9s %9s\n", "kernel", "process", "choose", "trace", "parse", "passes",
              "LLVM", "to PTX", "assembly", "total");
  print_times("matmul 128 x 128 x 32 bf16", "first", compile(gemm, {}, "sm_80", as_written).report().milliseconds);
  warm_row("matmul 128 x 128 x 32 bf16", gemm, repeat);
  warm_row("matmul bf16, block chosen", Matmul{}, repeat, {});
  warm_row("vector_add", VectorAdd{}, repeat);
  warm_row("row_softmax", RowSoftmax{}, repeat);
  warm_row("matmul 128 x 128 x 64 bf16", Matmul{}, repeat);
  warm_row("matmul_staged 128 x 128 x 64", MatmulStaged{}, repeat);
  warm_row("matmul_bias_silu 128 x 128 x 64", MatmulBiasSilu{}, repeat);
  std::printf("\n\"first\" is the first compile of this process, after its libraries were loaded; \"warm\" is the "
              "median of each stage over\nup to %d compiles. Passes, LLVM and assembly cover two variants, one for "
              "aligned memory and one for any.\nBlocks are those of the names, except where it says "
              "that the block is chosen.\n\n",
              repeat);
}

/// Nanoseconds that jit takes to find a kernel that is compiled already.
double cache_hit() {
  constexpr int rounds = 1'000'000;
  auto kernel = jit(VectorAdd{});
  const Compiled compiled = kernel.compiled();
  int same = 0;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) same += kernel.compiled().same_as(compiled);
  std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  return same == rounds ? spent.count() / rounds : -1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 2 && std::string(argv[1]) == "--one") return one_compile();
  int repeat = argc == 2 ? std::atoi(argv[1]) : 15;
  if (argc > 2 || repeat < 1) {
    std::fprintf(stderr, "usage: bench_compile [REPEAT]\n");
    return 2;
  }
  try {
    std::printf("Compile times in milliseconds for sm_80; %s; %s.\nRepeat with: bench_compile %d\n\n",
                tw_compiler_version(), load().c_str(), repeat);
    compile_table(repeat);
    std::printf("%-32s %.0f ns\n\n", "a hit in the cache of jit", cache_hit());
    std::printf("Medians of 3:\n");
    time_row("process that compiles the first", std::string(argv[0]) + " --one");
    const std::string check = TILEWRIGHT_HOST_CHECK, from_header = check + TILEWRIGHT_FOLDERS " ";
    time_row("check: a kernel, precompiled",
             check + " " TILEWRIGHT_PRECOMPILED TILEWRIGHT_FOLDERS " " TILEWRIGHT_KERNEL_FILE);
    time_row("check: a kernel, from the header", from_header + TILEWRIGHT_KERNEL_FILE);
    time_row("check: its standard headers", from_header + TILEWRIGHT_STANDARD_FILE);
    time_row("check: compile.hpp, a program", from_header + TILEWRIGHT_PROGRAM_FILE);
    std::printf("A check is: %sFILE\n", from_header.c_str());
    return 0;
  } catch (const Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
