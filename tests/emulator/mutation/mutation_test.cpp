// The rules of the mutation harness on small texts, and a sample of its mutants.
#include <catch2/catch.hpp>

#include "mutation/paths.hpp"
#include "mutation/report.hpp"

using namespace tw::emu;
using namespace tw::emu::mutation;

TEST_CASE("a kernel's text is cut into statements") {
  const std::string ptx = ".visible .entry other()\n{ ret; }\n.visible .entry k(.param .u64 p)\n{\n.reg .b32 %r<3>;\n"
                          "// bar.sync 7;\n.loc 1 2 3\n@%p1 st.shared.v2.b32 [%r1+4], {%r1, %r2};\n"
                          "{ .reg .pred q; L: mbarrier.try_wait.b64 q, [%r1], 0; @!q bra L; }\nbar.sync 0;\n}\n";
  KernelText kernel = scanKernel(ptx, "k");
  REQUIRE(kernel.statements.size() == 9);
  const Statement &store = kernel.statements[1];
  REQUIRE(store.is("st"));
  REQUIRE(store.has("v2"));
  REQUIRE(!store.has("v"));
  REQUIRE(store.guard == "@%p1");
  REQUIRE(store.line == 8);
  REQUIRE(store.operands == std::vector<std::string>{"[%r1+4]", "{%r1, %r2}"});
  REQUIRE(kernel.statements[4].kind == Statement::Kind::Label);
  REQUIRE(kernel.unitOf(5).first == 2);
  REQUIRE(kernel.unitOf(5).last == 7);
  REQUIRE(kernel.statements[8].is("bar.sync"));
  REQUIRE(scanKernel(ptx, "absent").statements.empty());
}

TEST_CASE("a path goes from a release to an acquire, and through no operation that is not on it") {
  const std::string ptx = ".visible .entry k()\n{\nst.shared.b32 [%r1], 0;\nfence.proxy.async;\nbar.arrive 1, 64;\n"
                          "ret;\nL:\nbar.sync 1, 64;\nwgmma.mma_async x;\nfence.proxy.async;\nret;\n}\n";
  KernelText kernel = scanKernel(ptx, "k");
  REQUIRE(orderedThrough(kernel, 3, 1, 9));
  REQUIRE(!orderedThrough(kernel, 9, 1, 3));
  REQUIRE(!orderedThrough(kernel, 3, 7, 9));
}

TEST_CASE("reasons name mutants that exist") { REQUIRE(staleExcuses() == std::vector<std::string>{}); }

TEST_CASE("a sample of the mutants is noticed") {
  Selection selection;
  selection.every = 12;
  Report report = runMutants(selection);
  INFO(report.text(false));
  REQUIRE(report.failures().empty());
  REQUIRE(report.killed() * 100 >= report.counted() * 90);
}
