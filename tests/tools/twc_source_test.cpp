// Kernels given as C++: compiled by the host compiler, traced, and compiled like any module.
#include "twc.hpp"

using namespace tilewright::twc::test;

namespace {

const std::string kernels = inputs + "/kernels.cpp", broken = inputs + "/crash.cpp";

} // namespace

TEST_CASE("a C++ file and the module it traces to give the same PTX, and nothing stays behind") {
  Folder folder, temporary;
  const std::string before = "TMPDIR=" + temporary.path.string();
  const std::string module = folder.file("traced.mlir");
  expect(kernels + " --kernel matmul --set bn=32 --emit=tile -o " + module, 0, "", before);
  CHECK(read(module).find("tile.kernel @matmul") != std::string::npos);
  CHECK(read(module).find("matmul.hpp") != std::string::npos);
  const std::string schedule = folder.write("s.json", R"({"members": {"bn": 32, "bk": 64}, "stages": 2})");
  const Ran direct =
      twc(kernels + " --kernel matmul --set bk=32 --schedule " + schedule + " --emit=ptx", "2>&1", before);
  INFO(direct.text);
  CHECK(direct.code == 0);
  CHECK(direct.text == twc(module + " --emit=ptx --schedule " + folder.write("t.json", R"({"stages": 2})")).text);
  CHECK(temporary.count() == 0);
}

TEST_CASE("where a C++ file lies does not reach the PTX") {
  Folder folder;
  const std::string text = "#include <tilewright/tilewright.hpp>\n"
                           "struct Twice {\n"
                           "  void operator()(tw::Tensor<tw::f32, 1> a) const {\n"
                           "    auto A = a.tiled(256);\n"
                           "    for (tw::Index i : tw::blocks(A)) A(i) = A(i) + A(i);\n"
                           "  }\n"
                           "};\n"
                           "tw::Kernel<Twice> twice{\"twice\"};\n";
  std::filesystem::create_directories(folder.path / "deep");
  const Ran here = twc(folder.write("k.cpp", text) + " --emit=ptx");
  INFO(here.text);
  REQUIRE(here.code == 0);
  folder.write("deep/other.cpp", text);
  CHECK((twc("other.cpp --emit=ptx", "2>&1", "cd " + folder.file("deep") + " &&").text == here.text));
}

TEST_CASE("a C++ kernel runs on the emulator") {
  expect("run " + kernels +
             " --kernel vector_add --device emulator --arg f32[1500]:ones --arg f32[1500]:iota --arg f32[1500]:nan",
         0, "kernel 'vector_add'");
}

TEST_CASE("kernels of a C++ file are chosen by name") {
  expect(kernels + " --emit=ptx", 1, "the file has several kernels: matmul, vector_add");
  expect(kernels + " --emit=ptx --kernel other", 1, "use one of: matmul, vector_add");
  expect(kernels + " --emit=ptx --kernel matmul --set zz=1", 1, "[TW1041]");
}

TEST_CASE("the block shape is chosen for the target unless it is given or kept") {
  Folder folder;
  const std::string command = folder.write("open.cpp", "#include \"" + inputs +
                                                           "/../../../examples/kernels/matmul.hpp\"\n"
                                                           "tw::Kernel<Matmul> matmul{\"matmul\"};\n") +
                              " --emit=schedule";
  const auto chosen = [&](const std::string &options) { return twc(command + options, "2>&1").text; };
  CHECK_THAT(chosen(" --keep-members"), Catch::Contains("\"bn\": 128"));
  CHECK_THAT(chosen(" --set bn=16"), Catch::Contains("\"bn\": 16"));
  CHECK_THAT(chosen(""), !Catch::Contains("\"bn\": 128") && Catch::Contains("\"bn\": "));
  expect(kernels + " --kernel matmul --emit=schedule", 0, "\"bn\": 64"); // its members are not as initialised
}

TEST_CASE("a kernel that goes wrong while it is traced is the user's fault") {
  Folder temporary;
  const std::string before = "TMPDIR=" + temporary.path.string();
  expect(broken + " --emit=ptx --kernel crash", 1, "crashed while its kernel was traced", before);
  expect(broken + " --emit=ptx --kernel thrower", 1, "threw while it was traced\n  no such table", before);
  expect(broken + " --emit=ptx --kernel mismatch", 1, "[TW1006]", before);
  expect(broken + " --emit=ptx --kernel 'not a name'", 1, "[TW1040]", before);
  // What the kernel prints is no part of the output.
  CHECK(twc(broken + " --emit=ptx --kernel mismatch", "2>/dev/null").text.empty());
  CHECK(temporary.count() == 0);
}

TEST_CASE("a file that is no C++ or holds no kernel") {
  Folder folder;
  expect(folder.write("bad.cpp", "int main( {\n") + " --emit=ptx", 1, "bad.cpp: error: the C++ compiler refused");
  expect(folder.write("none.cpp", "int x;\n") + " --emit=ptx", 1, "the file registers no kernel");
  expect(folder.write("undefined.cpp", "extern int there; int here = there;\n") + " --emit=ptx", 1,
         "its shared object cannot be loaded");
  expect(folder.write("version.cpp", "extern \"C\" { int tw_kernel_interface() { return 9; } int tw_kernel_count() "
                                     "{ return 0; }\nconst char *tw_kernel_name(int) { return 0; } "
                                     "int tw_kernel_trace() { return 0; } }\n") +
             " --emit=ptx",
         4, "have interface 9, this tool knows 2");
}

TEST_CASE("the host compiler is the one that is asked for") {
  expect(kernels + " --emit=ptx", 4, "$CXX is 'no-such-compiler'", "CXX=no-such-compiler");
  expect(kernels + " --emit=ptx", 4, "no C++ compiler", "CXX= PATH=/nonexistent");
  expect(kernels + " --emit=ptx", 1, "temporary folder cannot be made", "TMPDIR=/nonexistent");
  expect(kernels + " --emit=ptx", 1, "refused the file", "CXX='/bin/false -x'");
}
