// bench_emulator: warp-instructions per second of the emulator with all checks, and what its shadow memory costs.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tilewright/emulator/emulator.hpp"

namespace {

using namespace tw::emu;

[[noreturn]] void fail(const std::string &what) {
  std::fprintf(stderr, "bench_emulator: error: %s\n", what.c_str());
  std::exit(1);
}

Module load(const char *path) {
  std::ifstream file(path);
  if (!file) fail(std::string("cannot read ") + path + "\n  fix: build bench_emulator again");
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = Module::parse(text.str(), path);
  if (auto *error = std::get_if<ParseError>(&parsed)) fail(error->text());
  return std::get<Module>(parsed);
}

/// A kernel with its arguments on a machine of its own.
class Launch {
public:
  Launch(Module module, std::string entry, Extent grid, Extent block)
      : module_(std::move(module)), entry_(std::move(entry)) {
    config_.grid = grid;
    config_.block = block;
  }
  Launch &buffer(std::vector<float> &data) {
    return scalar(machine_.add_buffer(std::as_writable_bytes(std::span(data)), "buffer", true));
  }
  template <class T> Launch &scalar(T value) {
    std::size_t at = (parameters_.size() + sizeof value - 1) / sizeof value * sizeof value;
    parameters_.resize(at + sizeof value);
    std::memcpy(parameters_.data() + at, &value, sizeof value);
    return *this;
  }
  /// Runs; a finding ends the program.
  LaunchResult run() {
    LaunchResult result = machine_.launch(module_, entry_, config_, parameters_);
    if (result.status != LaunchStatus::Clean) fail(result.findings.front().text(entry_ + ".ptx"));
    return result;
  }
  LaunchConfig &config() { return config_; }

private:
  Module module_;
  std::string entry_;
  LaunchConfig config_;
  Machine machine_;
  std::vector<std::byte> parameters_;
};

/// Seconds of processor time of this process: others may share the machine.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// How often each row is measured.
int runs = 5;

double best_seconds(Launch &launch, LaunchResult &result) {
  double best = 1e30;
  for (int i = 0; i < runs; ++i) {
    double start = processor_seconds();
    result = launch.run();
    best = std::min(best, processor_seconds() - start);
  }
  return best;
}

/// Rows whose name lacks this are left out.
std::string wanted;

void row(const char *name, Launch &launch, double goal) {
  if (std::string(name).find(wanted) == std::string::npos) return;
  LaunchResult result;
  double seconds = best_seconds(launch, result);
  double rate = static_cast<double>(result.stats.instructions) / seconds / 1e6;
  std::printf("%-32s %9.2f %8.3f %8.1f", name, static_cast<double>(result.stats.instructions) / 1e6, seconds, rate);
  if (goal > 0) std::printf("   >= %2.0f: %s", goal, rate >= goal ? "yes" : "NO");
  std::printf("\n");
}

/// Time by the clock on one host thread and on two.
void thread_row(const char *name, Launch &launch) {
  if (std::string(name).find(wanted) == std::string::npos) return;
  double best[2] = {1e30, 1e30};
  uint32_t used = 1;
  for (int i = 0; i < 10; ++i) {
    launch.config().host_threads = i % 2 + 1;
    double start = wall_seconds();
    used = std::max(used, launch.run().host_threads);
    best[i % 2] = std::min(best[i % 2], wall_seconds() - start);
  }
  launch.config().host_threads = 1;
  if (used != 2) fail(std::string(name) + " did not run on two threads");
  std::printf("%-32s %8.3f s on one host thread, %.3f s on two: %.2f times as fast\n", name, best[0], best[1],
              best[0] / best[1]);
}

/// A figure of /proc/self/status in bytes.
double status_bytes(const std::string &key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(key + ":", 0) == 0) return std::atof(line.c_str() + key.size() + 1) * 1024;
  fail("/proc/self/status has no " + key);
}

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 7) - 3;
  return values;
}

constexpr int kMegabyte = 1 << 20;

/// Host memory that a launch over 64 MiB takes beside its buffers. Must run in a fresh process.
void shadow_row(const Module &memory) {
  constexpr int count = 8 * kMegabyte; // floats in each of two buffers
  std::vector<float> x = ramp(count), y = ramp(count);
  Launch launch(memory, "saxpy", {256}, {256});
  launch.buffer(x).buffer(y).scalar(2.f).scalar(count);
  double before = status_bytes("VmRSS");
  launch.run();
  double bytes = (status_bytes("VmHWM") - before) / (8.0 * count);
  std::printf("%-32s %.2f bytes per byte, 64 MiB touched   <= 16: %s\n\n", "shadow memory", bytes,
              bytes <= 16 ? "yes" : "NO");
}

void gemm_rows(const Module &module) {
  constexpr int n = 512;
  std::vector<float> a = ramp(n * n), b = ramp(n * n), c(n * n);
  auto product = [&](const char *name, const char *entry, double goal, bool checks = true) {
    Launch launch(module, entry, {n / 128, n / 128}, {256});
    launch.buffer(a).buffer(b).buffer(c).scalar(n);
    if (!checks) launch.config().checks = CheckOptions::none();
    row(name, launch, goal);
  };
  product("gemm 512^3, 8 x 8, vectors", "gemm_vectors", 50);
  product("gemm 512^3, 8 x 8, words", "gemm_words", 0);
  Launch plain(module, "gemm_plain", {n / 32, n / 32}, {32, 32});
  plain.buffer(a).buffer(b).buffer(c).scalar(n);
  row("gemm 512^3, 1 per thread", plain, 0);
  product("gemm 512^3, vectors, no checks", "gemm_vectors", 0, false);
  Launch vectors(module, "gemm_vectors", {n / 128, n / 128}, {256});
  vectors.buffer(a).buffer(b).buffer(c).scalar(n);
  thread_row("gemm 512^3, vectors, threads", vectors);
}

void memory_rows(const Module &module) {
  constexpr int n = 2048;
  std::vector<float> x = ramp(n * n), y = ramp(n * n);
  Launch saxpy(module, "saxpy", {256}, {256});
  saxpy.buffer(x).buffer(y).scalar(2.f).scalar(n * n);
  row("saxpy, 32 MiB", saxpy, 15);
  Launch copy(module, "copy_vectors", {n * n / 4 / 256}, {256});
  copy.buffer(x).buffer(y);
  row("copy by 16 bytes, 32 MiB", copy, 15);
  Launch transpose(module, "transpose", {n / 32, n / 32}, {32, 8});
  transpose.buffer(x).buffer(y).scalar(n);
  row("transpose 2048^2, padded tile", transpose, 15);
  thread_row("transpose, threads", transpose);
}

} // namespace

int main(int argc, char **argv) {
  if (argc > 3 || (argc == 3 && std::atoi(argv[2]) < 1)) {
    std::fprintf(stderr, "usage: bench_emulator [WORD [RUNS]]   only rows whose name has WORD, best of RUNS\n");
    return 2;
  }
  if (argc >= 2) wanted = argv[1];
  if (argc == 3) runs = std::atoi(argv[2]);
  std::printf(
      "The emulator with all checks, one host core of %u, processor time, best of %d. PTX by nvcc for sm_80.\n\n",
      std::thread::hardware_concurrency(), runs);
  Module memory = load(TILEWRIGHT_BENCH_MEMORY_PTX), gemm = load(TILEWRIGHT_BENCH_GEMM_PTX);
  if (wanted.empty()) shadow_row(memory);
  std::printf("%-32s %9s %8s %8s\n", "kernel", "M instr", "s", "M/s");
  gemm_rows(gemm);
  memory_rows(memory);
  return 0;
}
