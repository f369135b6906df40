// Every message that a compile can end with: what, where, why, and the fix.
#include "tilewright/compiler/compile.h"

#include <catch2/catch.hpp>

using tilewright::CompileOptions;

namespace {

struct Refusal {
  std::string code, message;
};

/// The failure of a compile; the test fails here if it succeeds.
Refusal refusal(const std::string &module, CompileOptions options = {}) {
  options.assemble = false;
  auto result = tilewright::compile(module, "kernel.mlir", options);
  REQUIRE_FALSE(result);
  CHECK(result.failure().fault != tilewright::FaultClass::Internal);
  return {result.failure().code, result.failure().message};
}

CompileOptions scheduled(tilewright::ScheduleRequest schedule) {
  CompileOptions options;
  options.schedule = std::move(schedule);
  return options;
}

/// A product of bf16 tiles of these extents, each loaded from memory, on lines 2 to 7.
std::string product(int m, int n, int k) {
  auto tile = [](int rows, int columns, const char *element) {
    return "tensor<" + std::to_string(rows) + "x" + std::to_string(columns) + "x" + element + ">";
  };
  std::string a = tile(m, k, "bf16"), b = tile(k, n, "bf16"), c = tile(m, n, "f32");
  return "tile.kernel @product(%x: !tile.global<?x?xbf16>, %y: !tile.global<?x?xf32>) {\n"
         "  %o = arith.constant 0 : index\n"
         "  %a = tile.load %x[%o, %o] : !tile.global<?x?xbf16> -> " +
         a +
         "\n"
         "  %b = tile.load %x[%o, %o] : !tile.global<?x?xbf16> -> " +
         b +
         "\n"
         "  %c = arith.constant dense<0.0> : " +
         c +
         "\n"
         "  %d = tile.dot %a, %b, %c : " +
         a + ", " + b + ", " + c +
         "\n"
         "  tile.store %d, %y[%o, %o] : " +
         c +
         ", !tile.global<?x?xf32>\n"
         "  tile.return\n"
         "}\n";
}

const char *const kTwoKernels = "tile.kernel @first() { tile.return }\ntile.kernel @second() { tile.return }\n";

} // namespace

//===-- target and kernel -----------------------------------------------------------------------------------------===//

TEST_CASE("an unknown target lists those that exist") {
  CompileOptions options;
  options.target = "sm_75";
  auto [code, message] = refusal(kTwoKernels, options);
  CHECK(code == "E-target-unknown");
  CHECK(
      message ==
      "error: unknown GPU target 'sm_75'\n  targets of this compiler: sm_80, sm_89, sm_90a\n  fix: choose one of them");
}

TEST_CASE("a module without a kernel") {
  auto [code, message] = refusal("module {}");
  CHECK(code == "E-kernel");
  CHECK(message == "error: the module has no kernel\nfix: declare one with tile.kernel");
}

TEST_CASE("several kernels need a name") {
  auto [code, message] = refusal(kTwoKernels);
  CHECK(code == "E-kernel");
  CHECK(message == "error: the module has several kernels: first, second\nfix: name one with --kernel");
}

TEST_CASE("a kernel that does not exist lists those that do") {
  CompileOptions options;
  options.kernel = "third";
  auto [code, message] = refusal(kTwoKernels, options);
  CHECK(code == "E-kernel");
  CHECK(message == "error: no kernel is called 'third'\nfix: use one of: first, second");
}

//===-- text ------------------------------------------------------------------------------------------------------===//

TEST_CASE("malformed text says where") {
  auto [code, message] = refusal("tile.kernel @f(");
  CHECK(code == "E-parse");
  CHECK(message == "kernel.mlir:1:15: error: expected non-function type");
  CHECK(refusal("tile.kernel @f() {\n  %a = tile.nothing\n  tile.return\n}").message ==
        "kernel.mlir:2:8: error: custom op 'tile.nothing' is unknown");
  CHECK(refusal(std::string("\0\xff\xfe", 3)).code == "E-parse");
  CHECK(refusal("tile.kernel @f() {\n  %a = foo.bar : i32\n  tile.return\n}").code == "E-parse");
}

TEST_CASE("the names of kernels need text that parses") {
  auto names = tilewright::listKernels(kTwoKernels, "kernel.mlir");
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"first", "second"});
  auto wrong = tilewright::listKernels("tile.kernel", "kernel.mlir");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.failure().code == "E-parse");
}

TEST_CASE("a kernel's name is an identifier of PTX") {
  auto [code, message] = refusal("tile.kernel @\"two words\"() { tile.return }");
  CHECK(code == "E-parse");
  CHECK(message == "kernel.mlir:1:1: error: 'tile.kernel' op name 'two words' is no PTX identifier\nfix: use letters, "
                   "digits, '_' and '$', not starting with a digit");
}

TEST_CASE("the location of a trace is the one reported") {
  auto [code, message] = refusal("tile.kernel @\"2d\"() { tile.return } loc(\"matmul.cpp\":14:3)");
  CHECK(message == "matmul.cpp:14:3: error: 'tile.kernel' op name '2d' is no PTX identifier\nfix: use letters, digits, "
                   "'_' and '$', not starting with a digit");
}

TEST_CASE("a kernel has one grid") {
  auto [code, message] = refusal("tile.kernel @f() {\n"
                                 "  %c = arith.constant 1 : index\n"
                                 "  tile.blocks (%i) in (%c) {}\n"
                                 "  tile.blocks (%i) in (%c) {}\n"
                                 "  tile.return\n"
                                 "}\n");
  CHECK(code == "E-parse");
  CHECK(message ==
        "kernel.mlir:4:3: error: 'tile.blocks' op a kernel has one grid of blocks, and this is the second\n  the first "
        "is here, at kernel.mlir:3:3\n  fix: give both loops one grid, or make two kernels of them");
}

TEST_CASE("the depths of a product agree") {
  std::string text = product(16, 16, 32);
  text.replace(text.find("tensor<32x16xbf16>"), 18, "tensor<16x16xbf16>");
  text.replace(text.find("tensor<32x16xbf16>"), 18, "tensor<16x16xbf16>");
  auto [code, message] = refusal(text);
  CHECK(code == "E-parse");
  CHECK(message == "kernel.mlir:6:8: error: 'tile.dot' op K of a is 32 but K of b is 16");
}

//===-- variables -------------------------------------------------------------------------------------------------===//

TEST_CASE("a variable of the kernel is not assigned in a block") {
  auto [code, message] = refusal("tile.kernel @f(%x: f32) {\n"
                                 "  %c = arith.constant 1 : index\n"
                                 "  %s = tile.slot %x : !tile.slot<f32>\n"
                                 "  tile.blocks (%i) in (%c) {\n"
                                 "    tile.set %s, %x : !tile.slot<f32>\n"
                                 "  }\n"
                                 "  tile.return\n"
                                 "}\n");
  CHECK(code == "E-compile");
  CHECK(message == "kernel.mlir:4:3: error: a variable declared outside blocks() is assigned inside\n  the variable is "
                   "declared here, at kernel.mlir:3:8\n  fix: declare it inside the loop over blocks");
}

//===-- schedule --------------------------------------------------------------------------------------------------===//

TEST_CASE("warps are a power of two up to 16") {
  for (int warps : {3, 32, -4}) {
    auto [code, message] = refusal(product(64, 64, 32), scheduled({.warps = warps}));
    CHECK(code == "E-compile");
    CHECK(message == "kernel.mlir:1:1: error: schedule: warps is " + std::to_string(warps) +
                         "\n  fix: use a power of two from 1 to 16");
  }
}

TEST_CASE("stages are 1 to 8") {
  for (int stages : {-1, 9}) {
    auto [code, message] = refusal(product(64, 64, 32), scheduled({.stages = stages}));
    CHECK(code == "E-compile");
    CHECK(message == "kernel.mlir:1:1: error: schedule: stages is " + std::to_string(stages) + "\n  fix: use 1 to 8");
  }
}

TEST_CASE("an atom has a known name") {
  CHECK(refusal(product(64, 64, 32), scheduled({.atom = "mma"})).message ==
        "kernel.mlir:1:1: error: schedule: no atom is called 'mma'\n  fix: use fma, mma_m16n8k8, "
        "mma_m16n8k16, mma_m16n8k32 or wgmma");
}

TEST_CASE("an atom fits the product and the target") {
  CHECK(refusal(product(64, 64, 32), scheduled({.atom = "wgmma"})).message ==
        "kernel.mlir:6:8: error: schedule: atom wgmma does not fit this product: sm_80 has no such instruction\n"
        "  fix: leave the atom open, or change what stands against it");
  CHECK(refusal(product(64, 64, 8), scheduled({.atom = "mma_m16n8k16"})).message ==
        "kernel.mlir:6:8: error: schedule: atom mma_m16n8k16 does not fit this product of 'bf16' and 'bf16', 64 x 64 x "
        "8, on sm_80\n  fix: leave the atom open; fma would be chosen");
  CHECK(refusal(product(64, 64, 32), scheduled({.atom = "mma_m16n8k32"})).message ==
        "kernel.mlir:6:8: error: schedule: atom mma_m16n8k32 does not fit this product of 'bf16' and 'bf16', 64 x 64 x "
        "32, on sm_80\n  fix: leave the atom open; mma_m16n8k16 would be chosen");
  CHECK(refusal(product(24, 64, 32), scheduled({.atom = "mma_m16n8k16"})).message ==
        "kernel.mlir:6:8: error: schedule: atom mma_m16n8k16 does not fit this product of 'bf16' and 'bf16', 24 x 64 x "
        "32, on sm_80\n  fix: leave the atom open; fma would be chosen");
}

TEST_CASE("warps share a product in whole instructions") {
  CHECK(refusal(product(16, 8, 16), scheduled({.warps = 4})).message ==
        "kernel.mlir:6:8: error: schedule: 4 warps cannot share a product of 16 x 8 in pieces of 16 x 8\n  fix: use "
        "fewer warps, or a larger block");
}

//===-- sizes -----------------------------------------------------------------------------------------------------===//

TEST_CASE("an accumulator fits the registers") {
  CHECK(refusal(product(512, 512, 32)).message ==
        "kernel.mlir:6:8: error: a tile of 512 x 512 takes 512 registers in each of 512 threads; a thread has 255\n  "
        "fix: use a smaller block, or more warps");
  CHECK(refusal(product(65536, 65536, 16)).message ==
        "kernel.mlir:6:8: error: a tile of 65536 x 65536 takes 8388608 registers in each of 512 threads; a thread has "
        "255\n  fix: use a smaller block, or more warps");
  CHECK(refusal(product(128, 128, 32), scheduled({.warps = 1})).message ==
        "kernel.mlir:6:8: error: a tile of 128 x 128 takes 512 registers in each of 32 threads; a thread has 255\n  "
        "fix: use a smaller block, or more warps");
}

TEST_CASE("buffers fit shared memory") {
  auto [code, message] = refusal(product(128, 128, 512));
  CHECK(code == "E-compile");
  CHECK(message == "kernel.mlir:1:1: error: needs 262144 bytes of shared memory, but a block on sm_80 has 166912\n"
                   "  a: 1 x 131072 bytes, at kernel.mlir:3:8\n"
                   "  b: 1 x 131072 bytes, at kernel.mlir:4:8\n"
                   "  fix: use a smaller block, or fewer stages");
}

//===-- launch ----------------------------------------------------------------------------------------------------===//

TEST_CASE("the extents of a grid are known at launch") {
  auto [code, message] = refusal("tile.kernel @f(%x: !tile.global<?xf32>) {\n"
                                 "  %n = tile.dim %x, 0 : !tile.global<?xf32>\n"
                                 "  %c = arith.constant 7 : index\n"
                                 "  %m = arith.remui %n, %c : index\n"
                                 "  tile.blocks (%i) in (%m) {\n"
                                 "    %t = tile.load %x[%c] : !tile.global<?xf32> -> tensor<4xf32>\n"
                                 "    tile.store %t, %x[%i] : tensor<4xf32>, !tile.global<?xf32>\n"
                                 "  }\n"
                                 "  tile.return\n"
                                 "}\n");
  CHECK(code == "E-compile");
  CHECK(message == "kernel.mlir:5:3: error: extent 0 of the grid is not known at launch\n"
                   "  fix: compute it from sizes and scalar parameters by +, -, *, /, min, max");
}

//===-- lowering --------------------------------------------------------------------------------------------------===//

TEST_CASE("a constant tile has one value") {
  auto [code, message] = refusal("tile.kernel @f(%x: !tile.global<?xf32>) {\n"
                                 "  %o = arith.constant 0 : index\n"
                                 "  %t = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>\n"
                                 "  tile.store %t, %x[%o] : tensor<2xf32>, !tile.global<?xf32>\n"
                                 "  tile.return\n"
                                 "}\n");
  CHECK(code == "E-compile");
  CHECK(message == "kernel.mlir:3:8: error: a constant tile has one value for all elements\n"
                   "  fix: load other tables from a tensor");
}

//===-- schedules as JSON -----------------------------------------------------------------------------------------===//

TEST_CASE("a schedule is a JSON object of known fields") {
  auto refused = [](const char *json) {
    auto result = tilewright::parseSchedule(json);
    REQUIRE_FALSE(result);
    CHECK(result.failure().code == "E-schedule-json");
    return result.failure().message;
  };
  CHECK(refused("{") ==
        "error: schedule: no JSON: [1:1, byte=1]: Expected object key\nfix: write an object such as {\"stages\": 3}");
  CHECK(refused("[3]") == "error: schedule: is no JSON object\nfix: write an object such as {\"stages\": 3}");
  CHECK(refused(R"({"stages": 0})") == "error: schedule: stages is 0\nfix: write a whole number from 1 to 64");
  CHECK(refused(R"({"warps": "four"})") ==
        "error: schedule: warps is \"four\"\nfix: write a whole number from 1 to 64");
  CHECK(refused(R"({"raster_group": 1.5})") ==
        "error: schedule: raster_group is 1.5\nfix: write a whole number from 1 to 64");
  CHECK(refused(R"({"stage": 3})") ==
        "error: schedule: unknown field or value: stage = 3\nfix: use stages, warps, mma_atom, swizzle, raster_group, "
        "raster_order, reversed, persistent, dynamic, cluster, multicast, split_k, deterministic, members");
  CHECK(
      refused(R"({"mma_atom": 3})") ==
      "error: schedule: unknown field or value: mma_atom = 3\nfix: use stages, warps, mma_atom, swizzle, raster_group, "
      "raster_order, reversed, persistent, dynamic, cluster, multicast, split_k, deterministic, members");
  CHECK(
      refused(R"({"swizzle": true})") ==
      "error: schedule: unknown field or value: swizzle = true\nfix: use stages, warps, mma_atom, swizzle, "
      "raster_group, raster_order, reversed, persistent, dynamic, cluster, multicast, split_k, deterministic, members");
  CHECK(refused(R"({"cluster": 0})") == "error: schedule: cluster is 0\nfix: write a whole number from 1 to 64");
  for (const char *field : {R"({"raster_order": "spiral"})", R"({"reversed": 1})", R"({"dynamic": "yes"})"})
    CHECK_THAT(refused(field), Catch::StartsWith("error: schedule: unknown field or value: "));
  CHECK(refused(R"({"split_k": 65})") == "error: schedule: split_k is 65\nfix: write a whole number from 1 to 64");
  CHECK(
      refused(R"({"deterministic": 1})") ==
      "error: schedule: unknown field or value: deterministic = 1\nfix: use stages, warps, mma_atom, swizzle, "
      "raster_group, raster_order, reversed, persistent, dynamic, cluster, multicast, split_k, deterministic, members");
  CHECK(
      refused(R"({"multicast": "c"})") ==
      "error: schedule: unknown field or value: multicast = \"c\"\nfix: use stages, warps, mma_atom, swizzle, "
      "raster_group, raster_order, reversed, persistent, dynamic, cluster, multicast, split_k, deterministic, members");
}

TEST_CASE("a schedule leaves open what it does not name") {
  auto none = tilewright::parseSchedule("{}");
  REQUIRE(none);
  CHECK(
      (none->stages == 0 && none->warps == 0 && none->atom.empty() && none->swizzle == 128 && none->rasterGroup == 0));
  auto all = tilewright::parseSchedule(
      R"({"stages": 2, "warps": 8, "mma_atom": "m16n8k16", "swizzle": "none", "raster_group": 4, "cluster": 2, "multicast": "a", "members": {"bm": 64}})");
  REQUIRE(all);
  CHECK((all->cluster == 2 && all->multicast == "a"));
  CHECK((none->splits == 0 && none->deterministic && none->order.empty() && !none->reversed && !none->dynamic));
  auto dealt = tilewright::parseSchedule(R"({"raster_order": "hilbert", "reversed": true, "dynamic": true})");
  REQUIRE(dealt);
  CHECK((dealt->order == "hilbert" && dealt->reversed && dealt->dynamic));
  auto split = tilewright::parseSchedule(R"({"split_k": 4, "deterministic": false})");
  REQUIRE(split);
  CHECK((split->splits == 4 && !split->deterministic));
  CHECK((all->stages == 2 && all->warps == 8 && all->atom == "mma_m16n8k16" && all->swizzle == 0 &&
         all->rasterGroup == 4));
  CHECK(tilewright::parseSchedule(R"({"mma_atom": "fma"})")->atom == "fma");
  CHECK(tilewright::parseSchedule(R"({"mma_atom": "automatic"})")->atom.empty());
}

namespace {

/// A kernel that moves one tile of this type from memory to memory.
std::string moved(const std::string &tile, int rank) {
  std::string sizes = rank == 1 ? "?" : "?x?", offsets = rank == 1 ? "%o" : "%o, %o";
  return "tile.kernel @f(%x: !tile.global<" + sizes +
         "xf32>) {\n  %o = arith.constant 0 : index\n  %t = tile.load %x[" + offsets + "] : !tile.global<" + sizes +
         "xf32> -> " + tile + "\n  tile.store %t, %x[" + offsets + "] : " + tile + ", !tile.global<" + sizes +
         "xf32>\n  tile.return\n}\n";
}

} // namespace

TEST_CASE("tiles that no layout holds") {
  auto zero = refusal(moved("tensor<0x4xf32>", 2));
  CHECK(zero.code == "E-compile");
  CHECK(zero.message == "kernel.mlir:3:8: error: 'tensor<0x4xf32>': an extent of a tile is positive, not 0\n"
                        "  fix: use extents from 1 up");
  CHECK(refusal(moved("tensor<65536x65536xf32>", 2)).message ==
        "kernel.mlir:3:8: error: 'tensor<65536x65536xf32>': takes 33554432 registers in each of 128 threads; a thread "
        "has "
        "255\n  fix: use a smaller block, or more warps");
  CHECK(refusal(moved("tensor<8589934592xf32>", 1)).message.find("registers in each of 128 threads") !=
        std::string::npos);
  auto rank = refusal("tile.kernel @f(%x: !tile.global<?xf32>) {\n"
                      "  %o = arith.constant 0 : index\n"
                      "  %t = tile.load %x[%o] : !tile.global<?xf32> -> tensor<1xf32>\n"
                      "  %s = tile.reshape %t : tensor<1xf32> -> tensor<f32>\n"
                      "  %u = arith.addf %s, %s : tensor<f32>\n"
                      "  %r = tile.reshape %u : tensor<f32> -> tensor<1xf32>\n"
                      "  tile.store %r, %x[%o] : tensor<1xf32>, !tile.global<?xf32>\n"
                      "  tile.return\n}\n");
  CHECK(rank.message == "kernel.mlir:4:8: error: 'tensor<f32>': a tile has 1 to 8 dimensions\n  fix: reshape it");
  auto buffer =
      refusal("tile.kernel @f(%x: !tile.global<?x?xf32>) {\n"
              "  %o = arith.constant 0 : index\n"
              "  %s = tile.alloc : !tile.buffer<65536x65536xf32, shared>\n"
              "  tile.copy %x[%o, %o] to %s : !tile.global<?x?xf32> to !tile.buffer<65536x65536xf32, shared>\n"
              "  tile.return\n}\n");
  CHECK(buffer.message == "kernel.mlir:3:8: error: '!tile.buffer<65536x65536xf32, shared>': takes more than the 166912 "
                          "bytes of shared memory that a block on sm_80 has\n  fix: use a smaller block");
}

TEST_CASE("a store beside the grid") {
  auto [code, message] = refusal("tile.kernel @f(%x: !tile.global<?xf32>) {\n"
                                 "  %o = arith.constant 0 : index\n"
                                 "  %n = arith.constant 4 : index\n"
                                 "  %t = arith.constant dense<1.0> : tensor<4xf32>\n"
                                 "  tile.store %t, %x[%o] : tensor<4xf32>, !tile.global<?xf32>\n"
                                 "  tile.blocks (%i) in (%n) {\n"
                                 "    tile.store %t, %x[%i] : tensor<4xf32>, !tile.global<?xf32>\n"
                                 "  }\n"
                                 "  tile.return\n}\n");
  CHECK(code == "E-compile");
  CHECK(message == "kernel.mlir:5:3: error: a store outside blocks() would be done by every block\n"
                   "  fix: move it into the loop over blocks");
}

TEST_CASE("positions beyond 32 bits, functions without an expansion") {
  std::string large = moved("tensor<4xf32>", 1);
  large.replace(large.find("constant 0"), 10, "constant 8589934592");
  CHECK(refusal(large).message == "kernel.mlir:2:8: error: index 8589934592 does not fit 32 bits\n"
                                  "  fix: sizes and positions are below 2^31");
  std::string sine = moved("tensor<4xf32>", 1);
  sine.insert(sine.find("  tile.store"), "  %s = math.sinh %t : tensor<4xf32>\n");
  sine.replace(sine.find("store %t"), 8, "store %s");
  CHECK(refusal(sine).message == "kernel.mlir:4:8: error: no lowering to the target for math.sinh");
}
