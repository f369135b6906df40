// bench_compile: how long compiling takes, stage by stage, and how long the host compiler needs for a file of a user.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tilewright/compile.hpp>
#include <vector>

#include "kernels/matmul.hpp"
#include "kernels/matmul_bias_silu.hpp"
#include "kernels/matmul_staged.hpp"
#include "kernels/row_softmax.hpp"
#include "kernels/vector_add.hpp"

namespace {

using namespace tw;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_times(const char *name, const char *when, const StageTimes &t) {
  std::printf("%-32s %-7s %7.2f %7.2f %7.2f %7.2f %8.2f %9.2f %9.2f\n", name, when, t.trace, t.parse, t.passes, t.llvm,
              t.to_ptx(), t.assembly, t.total());
}

/// Compiles `repeat` times in this warm process; the median of each stage.
template <class K> void warm_row(const char *name, const K &kernel, int repeat) {
  std::vector<StageTimes> times;
  for (int i = 0; i < repeat; ++i) times.push_back(compile(kernel).report().milliseconds);
  auto of = [&](double StageTimes::*stage) {
    std::vector<double> values;
    for (const StageTimes &t : times) values.push_back(t.*stage);
    return median(values);
  };
  print_times(name, "warm",
              {of(&StageTimes::trace), of(&StageTimes::parse), of(&StageTimes::passes), of(&StageTimes::llvm),
               of(&StageTimes::assembly)});
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

void check_row(const char *name, const std::string &file, int repeat) {
  double seconds = seconds_of(TILEWRIGHT_HOST_CHECK " " + file, repeat);
  if (seconds < 0)
    std::printf("%-32s the host compiler failed\n", name);
  else
    std::printf("%-32s %.2f s\n", name, seconds);
}

} // namespace

int main(int argc, char **argv) {
  int repeat = argc == 2 ? std::atoi(argv[1]) : 15;
  if (argc > 2 || repeat < 1) {
    std::fprintf(stderr, "usage: bench_compile [REPEAT]\n");
    return 2;
  }
  try {
    std::printf("Compile times in milliseconds for sm_80, %s.\nRepeat with: bench_compile %d\n\n",
                tw_compiler_version(), repeat);
    std::printf("%-32s %-7s %7s %7s %7s %7s %8s %9s %9s\n", "kernel", "process", "trace", "parse", "passes", "LLVM",
                "to PTX", "assembly", "total");
    const Matmul gemm{.bm = 128, .bn = 128, .bk = 32};
    const char *gemm_name = "matmul 128 x 128 x 32 bf16";
    auto start = std::chrono::steady_clock::now();
    Compiled first = compile(gemm);
    double wall = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    print_times(gemm_name, "first", first.report().milliseconds);
    warm_row(gemm_name, gemm, repeat);
    warm_row("vector_add", VectorAdd{}, repeat);
    warm_row("row_softmax", RowSoftmax{}, repeat);
    warm_row("matmul 128 x 128 x 64 bf16", Matmul{}, repeat);
    warm_row("matmul_staged 128 x 128 x 64", MatmulStaged{}, repeat);
    warm_row("matmul_bias_silu 128 x 128 x 64", MatmulBiasSilu{}, repeat);
    std::printf(
        "\n\"first\" is the first compile of the process (%.1f ms seen from outside), after the libraries were "
        "loaded;\n\"warm\" is the median of each stage over %d compiles. Trace to PTX and assembly each cover the "
        "variant for\naligned memory and the general one.\n\n",
        wall, repeat);

    std::printf("Checking a file of a user: " TILEWRIGHT_HOST_CHECK " FILE, median of 3\n");
    check_row("tilewright.hpp and a kernel", TILEWRIGHT_KERNEL_FILE, 3);
    check_row("compile.hpp and a program", TILEWRIGHT_PROGRAM_FILE, 3);
    return 0;
  } catch (const Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
