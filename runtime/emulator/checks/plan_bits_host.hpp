// Which way PlanBits works on this host.
#pragma once

namespace tw::emulator {

/// True while four words are one operation of AVX2; tests turn it off to run the plain way too.
extern bool plan_bits_use_avx2;

} // namespace tw::emulator
