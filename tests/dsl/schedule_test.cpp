// Schedules print as C++ and as JSON, with what is set and nothing else.
#include "support.hpp"

using namespace tw;

TEST_CASE("an empty schedule leaves everything open") {
  CHECK(Schedule{}.to_cpp() == "Schedule{}");
  CHECK(Schedule{}.to_json() == "{}");
  CHECK_FALSE(Schedule{}.stages.is_set());
}

TEST_CASE("set fields print in order") {
  Schedule schedule{.stages = 4,
                    .warps = 8,
                    .mma_atom = MmaAtom::m16n8k16,
                    .swizzle = Swizzle::b128,
                    .rasterization = grouped(8),
                    .persistent = true,
                    .reversed = true,
                    .dynamic = false,
                    .cluster = 2,
                    .multicast = Multicast::b,
                    .split_k = 4,
                    .deterministic = false,
                    .members = {{"bm", 128}, {"scale", 0.5}}};
  CHECK(schedule.stages.value() == 4);
  CHECK(schedule.to_cpp() ==
        "Schedule{.stages = 4, .warps = 8, .mma_atom = MmaAtom::m16n8k16, .swizzle = Swizzle::b128, "
        ".rasterization = grouped(8), .persistent = true, .reversed = true, .dynamic = false, .cluster = 2, .multicast "
        "= Multicast::b, .split_k = 4, "
        ".deterministic = false, .members = "
        "{{\"bm\", 128}, {\"scale\", 0.5}}}");
  CHECK(schedule.to_json() == "{\"stages\": 4, \"warps\": 8, \"mma_atom\": \"m16n8k16\", \"swizzle\": \"b128\", "
                              "\"raster_group\": 8, \"persistent\": true, \"reversed\": true, \"dynamic\": false, "
                              "\"cluster\": 2, \"multicast\": \"b\", "
                              "\"split_k\": 4, \"deterministic\": false, "
                              "\"members\": {\"bm\": 128, \"scale\": 0.5}}");
}

TEST_CASE("row order is a group of one") {
  CHECK(Schedule{.rasterization = row_order}.to_cpp() == "Schedule{.rasterization = row_order}");
  CHECK(Schedule{.rasterization = row_order}.to_json() == "{\"raster_group\": 1}");
}

TEST_CASE("a group may be walked along Hilbert's curve") {
  CHECK(Schedule{.rasterization = hilbert(16)}.to_cpp() == "Schedule{.rasterization = hilbert(16)}");
  CHECK(Schedule{.rasterization = hilbert(16)}.to_json() == "{\"raster_group\": 16, \"raster_order\": \"hilbert\"}");
}
