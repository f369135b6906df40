// tilewright_demo: compiles the examples' kernels, runs them on the emulator and on a GPU where there is one, checks
// the results against references in double, and prints what each took.

#include <chrono>

#include "check.hpp"
#include "kernels/matmul.hpp"
#include "kernels/matmul_bias_silu.hpp"
#include "kernels/matmul_staged.hpp"
#include "kernels/row_softmax.hpp"
#include "kernels/vector_add.hpp"
#include "reference.hpp"

namespace {

using namespace tw;

/// The devices of the demo, and whether everything was right so far.
class Demo {
public:
  Demo() : emulator_(detail::value_of(rt::open_emulator_device())) {
    auto cuda = rt::open_cuda_device();
    if (cuda) cuda_ = std::move(*cuda);
    std::printf("emulator: %s\nGPU: %s\n\n", emulator_->describe().c_str(),
                cuda ? cuda_->describe().c_str() : "none, so everything runs on the emulator only");
    std::printf("%-17s %-5s %-17s %9s %8s | %4s %6s %7s | %6s %6s %7s %6s %9s | %9s\n", "kernel", "level", "size",
                "max error", "on GPU", "regs", "spills", "shared", "trace", "parse", "passes", "LLVM", "assembly",
                "emulation");
  }

  /// Compiles a kernel, runs it on every device, and prints a row. The output is one of the arguments.
  template <class K, class... Arguments>
  void row(const char *name, int level, const std::string &size, const K &kernel, HostTensor &output,
           const std::vector<double> &want, double bound, Arguments &&...arguments) {
    try {
      Compiled compiled = compile(kernel);
      // What a kernel leaves out must not look right, least of all because of the run before.
      rt::fill_tensor(output, Fill::nan, 0);
      auto start = std::chrono::steady_clock::now();
      compiled.run(*emulator_, arguments...);
      std::chrono::duration<double> emulation = std::chrono::steady_clock::now() - start;
      double error = example::largest_error(output, want), gpu_error = 0;
      if (cuda_) {
        rt::fill_tensor(output, Fill::nan, 0);
        compiled.run(*cuda_, arguments...);
        gpu_error = example::largest_error(output, want);
      }
      print(name, level, size, compiled, error, gpu_error, emulation.count());
      good_ = good_ && error <= bound && gpu_error <= bound;
      if (error > bound || gpu_error > bound) std::printf("  WRONG: the bound is %.2g\n", bound);
    } catch (const Error &error) {
      std::printf("%-17s %-5d %-17s FAILED\n%s\n", name, level, size.c_str(), error.what());
      good_ = false;
    }
    std::fflush(stdout);
  }

  bool good() const { return good_; }

private:
  void print(const char *name, int level, const std::string &size, const Compiled &compiled, double error,
             double gpu_error, double emulation) const {
    const Report &report = compiled.report();
    const EntryReport &entry = report.entries.front();
    const StageTimes &times = report.milliseconds;
    std::string gpu = "-", registers = "-", spills = "-";
    if (cuda_) {
      char text[32];
      std::snprintf(text, sizeof text, "%.1e", gpu_error);
      gpu = text;
    }
    if (entry.registers >= 0) {
      registers = std::to_string(entry.registers);
      spills = std::to_string(entry.spill_store_bytes + entry.spill_load_bytes);
    }
    std::printf("%-17s %-5d %-17s %9.1e %8s | %4s %6s %7lld | %6.2f %6.2f %7.2f %6.2f %9.2f | %7.2f s\n", name, level,
                size.c_str(), error, gpu.c_str(), registers.c_str(), spills.c_str(),
                static_cast<long long>(entry.shared_bytes), times.trace, times.parse, times.passes, times.llvm,
                times.assembly, emulation);
  }

  std::unique_ptr<rt::EmulatorDevice> emulator_;
  std::unique_ptr<Device> cuda_;
  bool good_ = true;
};

std::string size_text(std::int64_t m, std::int64_t n, std::int64_t k) {
  return std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k);
}

template <class K>
void matmul_row(Demo &demo, const char *name, int level, const K &kernel, std::int64_t m, std::int64_t n,
                std::int64_t k) {
  HostTensor a = host_tensor<bf16>({m, k}, Fill::normal, 1), b = host_tensor<bf16>({k, n}, Fill::normal, 2);
  HostTensor c = host_tensor<bf16>({m, n});
  demo.row(name, level, size_text(m, n, k), kernel, c, example::matmul(a, b), example::bf16_bound, a, b, c);
}

void vector_add_row(Demo &demo) {
  HostTensor a = host_tensor<f32>({100'000}, Fill::normal, 1), b = host_tensor<f32>({100'000}, Fill::normal, 2);
  HostTensor c = host_tensor<f32>({100'000});
  std::vector<double> want = example::values_of(a);
  for (std::size_t i = 0; i < want.size(); ++i) want[i] += b.at(static_cast<std::int64_t>(i));
  demo.row("vector_add", 1, "100000", VectorAdd{}, c, want, 1e-7, a, b, c);
}

void row_softmax_row(Demo &demo) {
  HostTensor x = host_tensor<f32>({61, 1000}, Fill::normal, 1), y = host_tensor<f32>({61, 1000});
  demo.row("row_softmax", 1, "61 x 1000", RowSoftmax{}, y, example::row_softmax(x), 1e-6, x, y);
}

void bias_silu_row(Demo &demo) {
  HostTensor x = host_tensor<bf16>({256, 192}, Fill::normal, 1), w = host_tensor<bf16>({192, 320}, Fill::normal, 2);
  HostTensor bias = host_tensor<f32>({320}, Fill::normal, 3), y = host_tensor<bf16>({256, 320});
  demo.row("matmul_bias_silu", 1, size_text(256, 320, 192), MatmulBiasSilu{}, y,
           example::matmul_bias_silu(x, w, bias, 0.125), example::bf16_bound, x, w, bias, y, 0.125);
}

} // namespace

int main() {
  return example::guarded([] {
    Demo demo;
    vector_add_row(demo);
    row_softmax_row(demo);
    matmul_row(demo, "matmul", 1, Matmul{}, 257, 129, 65);
    matmul_row(demo, "matmul", 1, Matmul{}, 512, 512, 512);
    matmul_row(demo, "matmul", 1, Matmul{.bm = 64}, 64, 2112, 7168);
    bias_silu_row(demo);
    matmul_row(demo, "matmul_staged", 2, MatmulStaged{}, 257, 129, 65);
    matmul_row(demo, "matmul_staged", 2, MatmulStaged{}, 512, 512, 512);
    std::printf(
        "\nErrors are |got - want| / (1 + |want|). Registers and spill bytes are of a thread (from ptxas; of the "
        "entry for\naligned memory), shared bytes of a block. Stages are in milliseconds; the first row includes "
        "what a process does once.\n");
    std::printf(demo.good() ? "all results are right\n" : "SOME RESULTS ARE WRONG\n");
    return demo.good() ? 0 : 1;
  });
}
