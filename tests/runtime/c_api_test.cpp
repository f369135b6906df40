// Runs the C program's checks on an artifact made here.
#include "check.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

extern "C" int c_api_test(const char *artifact_path);

TEST_CASE("the C interface works from C") {
  TemporaryFolder folder;
  write_artifact(folder.file("k.twa"), small_artifact()).check();
  CHECK(c_api_test(folder.file("k.twa").c_str()) == 0);
}
