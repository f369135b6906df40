// Faults, results and the exception of the edge.
#include "check.hpp"

using namespace tw::rt;

TEST_CASE("a message says where, what, why and fix, and leaves out what is not known") {
  CHECK(make_fault(FaultClass::user, "a.b", {"x.npy", "it is broken", "byte 3 is 7", "write it again"}).message ==
        "x.npy: error: it is broken\n  byte 3 is 7\n  fix: write it again");
  CHECK(make_fault(FaultClass::user, "a.b", {"", "it is broken"}).message == "error: it is broken");
}

TEST_CASE("classes give the tools' exit codes") {
  CHECK(Fault{FaultClass::user, "", ""}.exit_code() == 1);
  CHECK(Fault{FaultClass::usage, "", ""}.exit_code() == 2);
  CHECK(Fault{FaultClass::internal, "", ""}.exit_code() == 3);
  CHECK(Fault{FaultClass::unsupported, "", ""}.exit_code() == 4);
}

TEST_CASE("value and check throw the fault") {
  const Fault fault = make_fault(FaultClass::user, "a.b", {"w", "broken"});
  Result<int> bad(fault);
  CHECK_FALSE(bad.ok());
  CHECK_THROWS_AS(bad.value(), Error);
  try {
    Status(fault).check();
    FAIL("check did not throw");
  } catch (const Error &error) {
    CHECK(error.code() == "a.b");
    CHECK(std::string(error.what()) == "w: error: broken");
  }
  Status().check();
  Result<std::string> good(std::string("text"));
  CHECK(good.value() == "text");
  CHECK(*good == "text");
  CHECK(good->size() == 4);
}
