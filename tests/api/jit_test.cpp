// jit(kernel): what the in-process cache shares and what it keeps apart.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <tilewright/compile.hpp>
#include <unistd.h>
#include <vector>

#include "kernels.hpp"

using namespace tw;

namespace {

/// What the cache did since the object was made.
struct Counted {
  JitCounts before = jit_counts();
  std::uint64_t hits() const { return jit_counts().hits - before.hits; }
  std::uint64_t misses() const { return jit_counts().misses - before.misses; }
};

} // namespace

TEST_CASE("a call compiles once, and objects with equal kernels share it") {
  HostTensor x = host_tensor<f32>({200}, Fill::normal, 1), y = host_tensor<f32>({200});
  auto scale = jit(Scale{.block = 32});
  Counted counted;
  scale(x, y, 3);
  CHECK(counted.misses() == 1);
  CHECK(y.at(199) == 3 * x.at(199));
  scale(x, y, 4);
  jit(Scale{.block = 32})(x, y, 5);
  CHECK(y.at(199) == 5 * x.at(199));
  CHECK(counted.misses() == 1);
  CHECK(counted.hits() == 2);
}

TEST_CASE("members, schedule, target and options are part of the key") {
  auto base = jit(Scale{.block = 64});
  Compiled first = base.compiled();
  Counted counted;
  CHECK(base.compiled().same_as(first));
  CHECK(jit(Scale{.block = 64}).compiled().same_as(first));
  CHECK(counted.misses() == 0);
  CHECK_FALSE(jit(Scale{.block = 256}).compiled().same_as(first));
  CHECK_FALSE(jit(Scale{.block = 64}, {.warps = 2}).compiled().same_as(first));
  CHECK_FALSE(jit(Scale{.block = 64}, {.members = {{"block", 128}}}).compiled().same_as(first));
  CHECK_FALSE(jit(Scale{.block = 64}, {}, "sm_90a").compiled().same_as(first));
  CHECK_FALSE(jit(Scale{.block = 64}, {}, "sm_80", {.name = "other"}).compiled().same_as(first));
  CHECK(counted.misses() == 5);
}

TEST_CASE("members may change between calls") {
  auto scale = jit(Scale{.block = 96});
  Compiled first = scale.compiled();
  scale.kernel.block = 160;
  CHECK_FALSE(scale.compiled().same_as(first));
  scale.kernel.block = 96;
  CHECK(scale.compiled().same_as(first));
}

TEST_CASE("members of every type count, each by its bits") {
  Compiled first = jit(Product{}).compiled();
  CHECK_FALSE(jit(Product{.negate = true}).compiled().same_as(first));
  CHECK_FALSE(jit(Product{.factor = 1.5f}).compiled().same_as(first));
  CHECK(jit(Product{.factor = 1}).compiled().same_as(first));
}

TEST_CASE("kernels of two types with equal members are two kernels") {
  HostTensor x = host_tensor<f32>({128}, Fill::normal, 1), scaled = host_tensor<f32>({128}),
             shifted = host_tensor<f32>({128});
  jit(Scale{.block = 128})(x, scaled, 2);
  jit(Shift{.block = 128})(x, shifted, 2);
  CHECK(scaled.at(5) == 2 * x.at(5));
  CHECK(shifted.at(5) == static_cast<float>(x.at(5)) + 2.0f);
}

TEST_CASE("errors are not kept") {
  auto clash = jit(Clash{});
  CHECK_THROWS_AS(clash.compiled(), Error);
  Counted counted;
  CHECK_THROWS_AS(clash.compiled(), Error);
  CHECK(counted.misses() == 1);
  clash.kernel.block = 64;
  CHECK_NOTHROW(clash.compiled());
}

TEST_CASE("a device of the caller is used when named") {
  auto device = detail::value_of(rt::open_emulator_device());
  HostTensor x = host_tensor<f32>({64}, Fill::iota), y = host_tensor<f32>({64});
  jit(Scale{}).run(*device, x, y, 2);
  CHECK(y.at(63) == 126);
  CHECK(device->stats().instructions > 0);
}

TEST_CASE("threads that ask at once get one compilation") {
  constexpr int count = 4;
  std::vector<std::thread> threads;
  std::vector<std::string> keys(count);
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&keys, i] { keys[i] = jit(Scale{.block = 512}).compiled().contents().key; });
  for (std::thread &thread : threads) thread.join();
  Compiled kept = jit(Scale{.block = 512}).compiled();
  for (const std::string &key : keys) CHECK(key == kept.contents().key);
  CHECK(jit(Scale{.block = 512}).compiled().same_as(kept));
}

TEST_CASE("a process that was forked compiles") {
  jit(Scale{.block = 128}).compiled();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(jit(Scale{.block = 256}).compiled().contents().kernel.empty() ? 1 : 0);
  int status = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) ::kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
