// The assembler as a child process: finding it, its failures, its report.
#include "target_test_support.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>

using namespace tilewright;
using namespace tilewright::test;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for a test's programs; TMPDIR points to a sub-folder of it, so that leftovers can be seen.
class Sandbox {
public:
  Sandbox() {
    std::string pattern = (fs::temp_directory_path() / "assemble-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    root = pattern;
    fs::create_directory(root / "tmp");
    set("TMPDIR", (root / "tmp").string());
  }
  ~Sandbox() {
    for (auto &[name, value] : saved) value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    fs::remove_all(root);
  }

  void set(const std::string &name, const std::string &value) {
    const char *old = std::getenv(name.c_str());
    saved.insert(saved.begin(), {name, old ? std::optional<std::string>(old) : std::nullopt});
    setenv(name.c_str(), value.c_str(), 1);
  }

  /// Writes a shell program at `path` below the sandbox.
  std::string program(const std::string &path, const std::string &body) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << "#!/bin/sh\n" << body << "\n";
    chmod((root / path).c_str(), 0755);
    return (root / path).string();
  }

  bool isClean() const { return fs::is_empty(root / "tmp"); }

  fs::path root;

private:
  std::vector<std::pair<std::string, std::optional<std::string>>> saved;
};

const std::string version = "echo 'Cuda compilation tools, release 99.1, V99.1.2'";

Assembler fake(Sandbox &sandbox, const std::string &body) { return {sandbox.program("fake/ptxas", body), "fake"}; }

constexpr std::string_view emptyKernel = ".version 7.0\n.target sm_80\n.address_size 64\n"
                                         ".visible .entry k()\n{\n  ret;\n}\n";

} // namespace

TEST_CASE("TILEWRIGHT_PTXAS decides alone") {
  Sandbox sandbox;
  sandbox.set("TILEWRIGHT_PTXAS", sandbox.program("mine/ptxas", version));
  Result<Assembler> found = findAssembler();
  REQUIRE(found);
  CHECK(found->identity == "ptxas release 99.1, V99.1.2");
  CHECK(found->path == (sandbox.root / "mine/ptxas").string());

  sandbox.set("TILEWRIGHT_PTXAS", "/nowhere/ptxas");
  Result<Assembler> missing = findAssembler();
  REQUIRE_FALSE(missing);
  CHECK(missing.failure().code == "E-asm-missing");
  CHECK_THAT(missing.failure().message,
             Catch::Contains("TILEWRIGHT_PTXAS is '/nowhere/ptxas', which is not a program"));
}

TEST_CASE("the assembler is found in PATH and in Python packages") {
  Sandbox sandbox;
  sandbox.set("TILEWRIGHT_PTXAS", "");
  std::string inPath = sandbox.program("bin/ptxas", version);
  sandbox.set("PATH", (sandbox.root / "bin").string() + ":/usr/bin:/bin");
  Result<Assembler> found = findAssembler();
  REQUIRE(found);
  CHECK(found->path == inPath);

  std::string inToolkit = sandbox.program("cuda/bin/ptxas", version);
  fs::remove(inPath);
  found = findAssembler((sandbox.root / "cuda").string());
  REQUIRE(found);
  CHECK(found->path == inToolkit);

  fs::remove(inToolkit);
  std::string wheel = sandbox.program("venv/lib/python3.11/site-packages/nvidia/cuda_nvcc/bin/ptxas", version);
  sandbox.set("VIRTUAL_ENV", (sandbox.root / "venv").string());
  found = findAssembler((sandbox.root / "cuda").string());
  REQUIRE(found);
  CHECK(found->path == wheel);
}

TEST_CASE("a machine without an assembler gets a message with a fix") {
  Sandbox sandbox;
  sandbox.set("TILEWRIGHT_PTXAS", "");
  sandbox.set("PATH", sandbox.root.string());
  sandbox.set("HOME", sandbox.root.string());
  sandbox.set("VIRTUAL_ENV", "");
  Result<Assembler> missing = findAssembler("/nowhere/cuda");
  REQUIRE_FALSE(missing);
  CHECK(missing.failure().code == "E-asm-missing");
  CHECK_THAT(missing.failure().message, Catch::Contains("PATH, /nowhere/cuda/bin") &&
                                            Catch::Contains("no assembler (ptxas) found") &&
                                            Catch::Contains("fix: install"));
}

TEST_CASE("a program that is no assembler is refused") {
  Sandbox sandbox;
  sandbox.set("TILEWRIGHT_PTXAS", sandbox.program("ptxas", "echo hello"));
  Result<Assembler> broken = findAssembler();
  REQUIRE_FALSE(broken);
  CHECK(broken.failure().code == "E-asm-broken");
  CHECK_THAT(broken.failure().message, Catch::Contains("does not say its version") && Catch::Contains("hello"));
}

TEST_CASE("an assembler that hangs is killed") {
  Sandbox sandbox;
  auto start = std::chrono::steady_clock::now();
  Result<AssembledCubin> result =
      assemble(emptyKernel, target("sm_80"), fake(sandbox, "echo working; sleep 30 & sleep 30"),
               {.timeout = std::chrono::milliseconds(200)});
  REQUIRE_FALSE(result);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK(result.failure().code == "E-asm-timeout");
  CHECK_THAT(result.failure().message,
             Catch::Contains("took longer than 200 ms for sm_80") && Catch::Contains("working"));
  CHECK(sandbox.isClean());
}

TEST_CASE("an assembler that closes its output and hangs is killed") {
  Sandbox sandbox;
  Result<AssembledCubin> result = assemble(emptyKernel, target("sm_80"), fake(sandbox, "exec >&- 2>&-; sleep 30"),
                                           {.timeout = std::chrono::milliseconds(200)});
  REQUIRE_FALSE(result);
  CHECK(result.failure().code == "E-asm-timeout");
}

TEST_CASE("an assembler that rejects, crashes, or writes nothing is reported") {
  Sandbox sandbox;
  Result<AssembledCubin> rejected =
      assemble(emptyKernel, target("sm_80"),
               fake(sandbox, "for last; do :; done; echo \"ptxas $last, line 4; error : bad\" >&2; exit 255"));
  REQUIRE_FALSE(rejected);
  CHECK(rejected.failure().code == "E-asm-rejected");
  CHECK_THAT(rejected.failure().message, Catch::Contains("  ptxas kernel.ptx, line 4; error : bad"));

  Result<AssembledCubin> crashed = assemble(emptyKernel, target("sm_80"), fake(sandbox, "kill -11 $$"));
  REQUIRE_FALSE(crashed);
  CHECK(crashed.failure().code == "E-asm-crashed");
  CHECK_THAT(crashed.failure().message, Catch::Contains("crashed with signal 11"));

  Result<AssembledCubin> silent = assemble(emptyKernel, target("sm_80"), fake(sandbox, "exit 0"));
  REQUIRE_FALSE(silent);
  CHECK(silent.failure().code == "E-asm-rejected");

  Result<AssembledCubin> gone = assemble(emptyKernel, target("sm_80"), Assembler{"/nowhere/ptxas", "none"});
  REQUIRE_FALSE(gone);
  CHECK(gone.failure().code == "E-asm-start");
  CHECK_THAT(gone.failure().message, Catch::Contains("does not start: No such file"));
  CHECK(sandbox.isClean());
}

TEST_CASE("no place for temporary files is reported") {
  Sandbox sandbox;
  fs::remove(sandbox.root / "tmp");
  std::ofstream(sandbox.root / "tmp") << "";
  Result<AssembledCubin> result = assemble(emptyKernel, target("sm_80"), fake(sandbox, "exit 0"));
  REQUIRE_FALSE(result);
  CHECK(result.failure().code == "E-asm-files");
  CHECK_THAT(result.failure().message, Catch::Contains("cannot make a temporary folder"));
}

TEST_CASE("the real assembler makes a cubin and leaves nothing behind") {
  const Assembler *assembler = assemblerOrSkip();
  if (!assembler) return;
  Sandbox sandbox;
  Result<AssembledCubin> first = assemble(emptyKernel, target("sm_80"), *assembler);
  REQUIRE(first);
  CHECK(first->cubin.size() > 100);
  CHECK(first->cubin[1] == 'E');
  REQUIRE(first->report.find("k"));
  CHECK(first->report.find("k")->registers > 0);
  CHECK_FALSE(first->report.hasSpills());
  CHECK(sandbox.isClean());

  Result<AssembledCubin> second = assemble(emptyKernel, target("sm_80"), *assembler);
  REQUIRE(second);
  CHECK(first->cubin == second->cubin);
}

TEST_CASE("the real assembler's rejection carries its message") {
  const Assembler *assembler = assemblerOrSkip();
  if (!assembler) return;
  Result<AssembledCubin> result =
      assemble(".version 7.0\n.target sm_80\n.address_size 64\nnonsense\n", target("sm_80"), *assembler);
  REQUIRE_FALSE(result);
  CHECK(result.failure().code == "E-asm-rejected");
  CHECK_THAT(result.failure().message, Catch::Contains("kernel.ptx, line 4"));
}

TEST_CASE("the real assembler's spills are seen") {
  const Assembler *assembler = assemblerOrSkip();
  if (!assembler) return;
  std::string ptx = ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 p)\n.maxnreg 24\n{\n"
                    "  .reg .b64 %a;\n  .reg .f32 %f<101>;\n  ld.param.b64 %a, [p];\n";
  for (int i = 0; i < 100; ++i)
    ptx += "  ld.volatile.global.f32 %f" + std::to_string(i) + ", [%a+" + std::to_string(4 * i) + "];\n";
  for (int i = 0; i < 100; ++i)
    ptx += "  st.volatile.global.f32 [%a+" + std::to_string(4 * i) + "], %f" + std::to_string(99 - i) + ";\n";
  Result<AssembledCubin> result = assemble(ptx + "  ret;\n}\n", target("sm_80"), *assembler);
  REQUIRE(result);
  CHECK(result->report.hasSpills());
  CHECK_FALSE(result->report.notes.empty());
  CHECK(result->report.find("k")->spillLoadBytes > 0);
}
