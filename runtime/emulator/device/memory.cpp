// Allocations, copies and sets of the emulator's memory.
#include "memory.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

namespace tw::rt::emulator_device {
namespace {

// Contents of fresh memory: a value that shows in results (-1.2e+17 as f32, negative as an integer).
constexpr int poison = 0xdb;

// A machine knows written bytes from unwritten ones only buffer by buffer, except where a kernel writes. This one
// writes every byte of a range back to itself.
constexpr const char *touch_ptx = R"(.version 7.0
.target sm_80
.address_size 64
.visible .entry touch(.param .u64 at, .param .u64 bytes)
{
  .reg .u64 %rd<5>;
  .reg .u32 %r<5>;
  .reg .u16 %h;
  .reg .pred %p;
  ld.param.u64 %rd0, [at];
  ld.param.u64 %rd1, [bytes];
  mov.u32 %r0, %ctaid.x;
  mov.u32 %r1, %ntid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.u32 %r3, %r0, %r1, %r2;
  mov.u32 %r4, %nctaid.x;
  mul.lo.u32 %r4, %r4, %r1;
  cvt.u64.u32 %rd2, %r3;
  cvt.u64.u32 %rd3, %r4;
again:
  setp.ge.u64 %p, %rd2, %rd1;
  @%p bra done;
  add.u64 %rd4, %rd0, %rd2;
  ld.global.u8 %h, [%rd4];
  st.global.u8 [%rd4], %h;
  add.u64 %rd2, %rd2, %rd3;
  bra again;
done:
  ret;
}
)";

const emu::Module &touch_module() {
  static const emu::Module module = std::get<emu::Module>(emu::Module::parse(touch_ptx, "touch.ptx"));
  return module;
}

Fault no_memory(std::size_t bytes, const std::string &name, const std::string &why) {
  return make_fault(FaultClass::unsupported, "emulator.memory",
                    {"device emulator", fmt::format("cannot allocate {} bytes for '{}'", bytes, name), why,
                     "use smaller tensors or fewer of them"});
}

} // namespace

Memory::Memory(int machines) {
  for (int i = 0; i < machines; ++i) machines_.push_back(std::make_unique<emu::Machine>());
}

Result<std::uint64_t> Memory::allocate(std::size_t bytes, const std::string &name) {
  if (bytes == 0) return std::uint64_t{0};
  if (bytes > std::size_t{1} << 34) return no_memory(bytes, name, "a buffer holds at most 16 GiB");
  Allocation allocation{bytes, name, {}};
  try {
    for (std::size_t i = 0; i < machines_.size(); ++i) {
      allocation.copies.emplace_back(new std::byte[bytes]);
      std::memset(allocation.copies.back().get(), poison, bytes);
    }
  } catch (const std::bad_alloc &) {
    return no_memory(bytes, name, "the machine it runs on has no more memory");
  }
  std::uint64_t address = 0;
  try {
    // All machines saw the same calls, so that only the first can refuse and all give the same address.
    for (std::size_t i = 0; i < machines_.size(); ++i)
      address = machines_[i]->add_buffer({allocation.copies[i].get(), bytes}, name, false);
  } catch (const std::length_error &full) {
    return no_memory(bytes, name, full.what());
  }
  allocations_.emplace(address, std::move(allocation));
  return address;
}

Status Memory::free(std::uint64_t address) {
  if (address == 0) return {};
  const auto found = allocations_.find(address);
  if (found == allocations_.end())
    return make_fault(FaultClass::user, "emulator.address",
                      {"device emulator",
                       fmt::format("cannot free 0x{:x}: no allocation starts there", address),
                       {},
                       "free what allocate returned, and only once"});
  for (auto &machine : machines_) machine->remove_buffer(address);
  allocations_.erase(found);
  return {};
}

Result<Memory::Allocations::const_iterator> Memory::find(std::uint64_t address, std::uint64_t bytes,
                                                         const char *action) const {
  auto after = allocations_.upper_bound(address);
  std::string nearest = "there are no allocations";
  if (after != allocations_.begin()) {
    const auto at = std::prev(after);
    const auto &[start, allocation] = *at;
    if (address - start <= allocation.bytes && bytes <= allocation.bytes - (address - start)) return at;
    nearest = fmt::format("'{}' is at 0x{:x} and has {} bytes", allocation.name, start, allocation.bytes);
  }
  return make_fault(FaultClass::user, "emulator.address",
                    {"device emulator", fmt::format("cannot {} {} bytes at 0x{:x}", action, bytes, address), nearest,
                     "stay inside one allocation"});
}

void Memory::mark_written(Allocations::const_iterator at, std::uint64_t address, std::uint64_t bytes) {
  if (bytes == 0) return;
  if (bytes == at->second.bytes) {
    for (auto &machine : machines_) machine->set_initialised(at->first, true);
    return;
  }
  const std::uint64_t values[2] = {address, bytes};
  emu::LaunchConfig config;
  config.block = {256};
  config.grid = {static_cast<std::uint32_t>(std::min<std::uint64_t>((bytes + 255) / 256, 1024))};
  config.checks = emu::CheckOptions::none();
  for (auto &machine : machines_)
    (void)machine->launch(touch_module(), "touch", config, std::as_bytes(std::span(values)));
}

Status Memory::copy_in(std::uint64_t to, std::span<const std::byte> from) {
  if (from.empty()) return {};
  const auto found = find(to, from.size(), "copy in");
  if (!found) return found.fault();
  const auto at = *found;
  for (auto &copy : at->second.copies) std::memcpy(copy.get() + (to - at->first), from.data(), from.size());
  mark_written(at, to, from.size());
  return {};
}

Status Memory::copy_out(std::span<std::byte> to, std::uint64_t from) const {
  if (to.empty()) return {};
  const auto found = find(from, to.size(), "copy out");
  if (!found) return found.fault();
  std::memcpy(to.data(), (*found)->second.copies[0].get() + (from - (*found)->first), to.size());
  return {};
}

Status Memory::set(std::uint64_t to, std::uint8_t value, std::uint64_t bytes) {
  if (bytes == 0) return {};
  const auto found = find(to, bytes, "set");
  if (!found) return found.fault();
  const auto at = *found;
  for (auto &copy : at->second.copies) std::memset(copy.get() + (to - at->first), value, bytes);
  mark_written(at, to, bytes);
  return {};
}

} // namespace tw::rt::emulator_device
