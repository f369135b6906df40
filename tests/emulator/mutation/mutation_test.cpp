// The rules of the mutation harness on small texts, and a sample of its mutants.
#include <catch2/catch.hpp>

#include "mutation/order.hpp"
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

TEST_CASE("the graph of a run knows what orders its accesses") {
  for (const test::LaunchCase &launch : test::allCases()) {
    if (launch.name() != "hopper_memory:ring_correct" && launch.name() != "protocol:protocol_stream" &&
        launch.name() != "protocol:protocol_gemm" && launch.name() != "protocol:protocol_maps")
      continue;
    INFO(launch.name());
    Trace trace = record(launch);
    KernelText text = trace.text;
    RunOrder order(std::move(trace));
    REQUIRE(order.pairs() > 10);
    REQUIRE(order.unordered().empty());
    size_t needed = 0, idle = 0;
    for (size_t i = 0; i < text.statements.size(); ++i) {
      const Statement &s = text.statements[i];
      bool fence = s.is("fence.proxy.async") || s.is("fence.proxy.tensormap::generic");
      if (fence || s.is("mbarrier.try_wait")) needed += order.needs(i).has_value();
      if (s.is("bar.sync") || s.is("wgmma.fence")) idle += order.needs(i).has_value();
    }
    REQUIRE(needed > 0);
    REQUIRE(idle == 0);
  }
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
