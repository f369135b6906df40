// The driver API's numbers of element types, as types of the emulator. The orders differ: see abi_test.cpp.
#pragma once

#include "tilewright/emulator/tensor_map.hpp"

namespace fake_driver {

/// By CUtensorMapDataType (cuda.h).
inline constexpr tw::emu::TensorMapType tensor_map_types[] = {
    tw::emu::TensorMapType::U8,     tw::emu::TensorMapType::U16,    tw::emu::TensorMapType::U32,
    tw::emu::TensorMapType::S32,    tw::emu::TensorMapType::U64,    tw::emu::TensorMapType::S64,
    tw::emu::TensorMapType::F16,    tw::emu::TensorMapType::F32,    tw::emu::TensorMapType::F64,
    tw::emu::TensorMapType::BF16,   tw::emu::TensorMapType::F32Ftz, tw::emu::TensorMapType::TF32,
    tw::emu::TensorMapType::TF32Ftz};

} // namespace fake_driver
