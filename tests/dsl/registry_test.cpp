// Registered kernels, seen through the C symbols that a shared object offers.
#include "support.hpp"

#include <stdexcept>

using namespace tw;
using namespace dsl_test;

namespace {

struct Fill {
  int block = 64;
  bool twice = false;
  void operator()(Tensor<f32, 1> a) const {
    for (Index i : blocks(a.tiled(block))) a.tiled(block)(i) = twice ? 2 : 1;
  }
};
struct Throws {
  void operator()(Tensor<f32, 1>) const { throw std::runtime_error("mine"); }
};
struct ThrowsNumber {
  void operator()(Tensor<f32, 1>) const { throw 1; }
};

Kernel<Fill> fill{"fill", Fill{.block = 32}};
Kernel<Throws> throws{"throws"};
Kernel<ThrowsNumber> throws_number{"throws_number"};
Kernel<Fill> misnamed{"no identifier"};

struct Answer {
  std::string text, code, message;
  int texts = 0, errors = 0, result = 0;
};

Answer ask(int kernel, const char *const *members) {
  Answer answer;
  answer.result = tw_kernel_trace(
      kernel, members,
      [](void *context, const char *data, std::size_t size) {
        static_cast<Answer *>(context)->text.assign(data, size);
        ++static_cast<Answer *>(context)->texts;
      },
      [](void *context, const char *code, const char *message) {
        static_cast<Answer *>(context)->code = code;
        static_cast<Answer *>(context)->message = message;
        ++static_cast<Answer *>(context)->errors;
      },
      &answer);
  return answer;
}

} // namespace

TEST_CASE("kernels are listed in order of registration") {
  CHECK(tw_kernel_interface() == 2);
  CHECK(tw_kernel_count() == 4);
  CHECK(std::string(tw_kernel_name(0)) == "fill");
  CHECK(std::string(tw_kernel_name(2)) == "throws_number");
  CHECK(tw_kernel_name(4) == nullptr);
}

TEST_CASE("members are listed with type and value") {
  std::string listed;
  auto each = [](void *context, const char *name, const char *type, const char *value) {
    *static_cast<std::string *>(context) += std::string(name) + ":" + type + "=" + value + " ";
  };
  CHECK(tw_kernel_members(0, each, &listed) == 0);
  CHECK(listed == "block:int=32 twice:bool=false ");
  CHECK(tw_kernel_members(9, each, &listed) == 1);
}

TEST_CASE("a registered kernel traces, with members as text") {
  Answer plain = ask(0, nullptr);
  CHECK(plain.result == 0);
  CHECK(plain.texts == 1);
  CHECK(contains(plain.text, "tile.kernel @fill("));
  CHECK(contains(plain.text, "block = 32 : i64"));
  const char *members[] = {"block", "128", "twice", "true", nullptr};
  CHECK(contains(ask(0, members).text, "block = 128 : i64, twice = true"));
}

TEST_CASE("errors come back through the callback and no exception leaves") {
  const char *unknown[] = {"blok", "128", nullptr}, *wrong[] = {"block", "many", nullptr};
  CHECK(ask(0, unknown).code == "TW1041");
  CHECK(ask(0, wrong).code == "TW1042");
  CHECK(ask(1, nullptr).message == "mine");
  CHECK(ask(1, nullptr).result == 1);
  CHECK(contains(ask(2, nullptr).message, "no std::exception"));
  CHECK(ask(3, nullptr).code == "TW1040");
  CHECK(ask(17, nullptr).errors == 1);
}
