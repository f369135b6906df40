// The fake driver's cuTensorMapEncodeTiled: a map of the emulator, with every documented constraint checked.
#include <cstring>

#include "state.hpp"
#include "tensor_map_types.hpp"
#include "tilewright/emulator/tensor_map.hpp"

using namespace fake_driver;

FAKE_EXPORT int cuTensorMapEncodeTiled(void *map, int type, unsigned rank, void *address, const std::uint64_t *dims,
                                       const std::uint64_t *strides, const std::uint32_t *box,
                                       const std::uint32_t *element_strides, int interleave, int swizzle, int promotion,
                                       int fill) {
  std::lock_guard lock(state().mutex);
  if (const int code = enter(__func__, false)) return code;
  if (!map || reinterpret_cast<std::uintptr_t>(map) % 64 != 0)
    return wrong(invalid_value, __func__, "the map is not aligned to 64 bytes");
  if (type < 0 || type >= static_cast<int>(std::size(tensor_map_types)) || rank < 1 || rank > 5 || interleave != 0 ||
      swizzle < 0 || swizzle > 3 || promotion < 0 || promotion > 3 || fill < 0 || fill > 1)
    return wrong(invalid_value, __func__, "a code is not known");
  tw::emu::TensorMapSpec spec;
  spec.type = tensor_map_types[type];
  spec.rank = rank;
  spec.address = reinterpret_cast<std::uint64_t>(address);
  for (unsigned i = 0; i < rank; ++i) {
    spec.dims[i] = dims[i];
    spec.box[i] = box[i];
    spec.element_strides[i] = element_strides[i];
    if (i > 0) spec.strides[i - 1] = strides[i - 1];
  }
  spec.swizzle = swizzle == 0 ? 0 : 16u << swizzle;
  spec.nan_fill = fill == 1;
  const auto encoded = tw::emu::encode_tensor_map(spec);
  if (const auto *broken = std::get_if<std::string>(&encoded)) return wrong(invalid_value, __func__, broken->c_str());
  ++state().encoded_maps;
  const auto &bytes = std::get<tw::emu::TensorMap>(encoded).bytes;
  std::memcpy(map, bytes.data(), bytes.size());
  return ok;
}

FAKE_EXPORT std::uint64_t fake_driver_encoded_maps() { return state().encoded_maps; }
