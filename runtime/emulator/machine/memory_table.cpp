// Buffers and module variables of a machine.
#include <cstring>
#include <stdexcept>

#include "machine/memory.hpp"

namespace tw::emu {

uint64_t MemoryTable::add(std::span<std::byte> bytes, std::string name, bool initialised) {
  uint32_t id = 0;
  while (id < buffers.size() && buffers[id]->used) ++id;
  if (id >= address::kMaxBuffers) throw std::length_error("the machine has 1000 buffers already; remove one first");
  if (id == buffers.size()) buffers.push_back(std::make_unique<Buffer>());
  Buffer &buffer = *buffers[id];
  buffer.used = true;
  buffer.region = {};
  buffer.region.data = reinterpret_cast<uint8_t *>(bytes.data());
  buffer.region.base = address::bufferBase(id);
  buffer.region.bytes = bytes.size();
  buffer.region.name = std::move(name);
  buffer.region.checked = true;
  setInitialised(buffer.region.base, initialised);
  return buffer.region.base;
}

void MemoryTable::setInitialised(uint64_t at, bool initialised) {
  for (auto &buffer : buffers) {
    if (!buffer->used || buffer->region.base != at) continue;
    buffer->region.shadow = nullptr;
    if (initialised) continue;
    buffer->shadow.reset(buffer->region.bytes);
    buffer->region.shadow = &buffer->shadow;
  }
}

void MemoryTable::forget(uint64_t at, uint64_t bytes) {
  for (auto &buffer : buffers) {
    Region &region = buffer->region;
    if (!buffer->used || at < region.base || at >= region.base + region.bytes) continue;
    if (!region.shadow) {
      buffer->shadow.reset(region.bytes);
      buffer->shadow.mark(0, region.bytes);
      region.shadow = &buffer->shadow;
    }
    region.shadow->forget(at - region.base, bytes);
  }
}

bool MemoryTable::remove(uint64_t at) {
  for (auto &buffer : buffers)
    if (buffer->used && buffer->region.base == at) {
      buffer->used = false;
      return true;
    }
  return false;
}

Region &MemoryTable::bind(const Program &program) {
  auto &instance = instances[&program];
  if (instance) {
    bound = instance.get();
    return instance->constantRegion;
  }
  instance = std::make_unique<Instance>();
  bound = instance.get();
  instance->constants.assign(program.constantBytes, 0);
  instance->regions.resize(program.variables.size());
  instance->storage.resize(program.variables.size());
  for (uint32_t i = 0; i < program.variables.size(); ++i) {
    const ModuleVariable &v = program.variables[i];
    std::vector<uint8_t> bytes = v.bytes;
    for (const ModuleVariable::Relocation &r : v.relocations) {
      uint64_t value = r.addend;
      for (uint32_t j = 0; j < program.variables.size(); ++j) {
        const ModuleVariable &target = program.variables[j];
        if (target.name == r.symbol)
          value += target.constant ? target.offset + (r.generic ? address::kConst : 0) : address::variableBase(j);
      }
      if (auto f = program.functionIndex.find(r.symbol); f != program.functionIndex.end())
        value += (uint64_t{f->second} + 1) * 16;
      std::memcpy(bytes.data() + r.at, &value, r.width);
    }
    if (v.constant) {
      std::memcpy(instance->constants.data() + v.offset, bytes.data(), bytes.size());
      continue;
    }
    instance->storage[i] = std::move(bytes);
    Region &region = instance->regions[i];
    region.data = instance->storage[i].data();
    region.base = address::variableBase(i);
    region.bytes = instance->storage[i].size();
    region.name = v.name;
    region.checked = true;
  }
  Region &constants = instance->constantRegion;
  constants.data = instance->constants.data();
  constants.bytes = program.constantBytes;
  constants.name = "constant memory";
  constants.writable = false;
  return constants;
}

std::unique_ptr<MemoryTable> MemoryTable::fork() const {
  auto copy = std::make_unique<MemoryTable>();
  for (const auto &buffer : buffers) {
    copy->buffers.push_back(std::make_unique<Buffer>(*buffer));
    Buffer &own = *copy->buffers.back();
    if (own.region.shadow) own.region.shadow = &own.shadow;
  }
  for (const auto &[program, instance] : instances) {
    if (instance.get() != bound) continue;
    auto own = std::make_unique<Instance>();
    own->regions = instance->regions;
    own->constantRegion = instance->constantRegion;
    copy->bound = own.get();
    copy->instances[program] = std::move(own);
  }
  return copy;
}

void MemoryTable::learn(const MemoryTable &fork) {
  for (size_t i = 0; i < buffers.size(); ++i)
    if (buffers[i]->used && buffers[i]->region.shadow) buffers[i]->shadow.join(fork.buffers[i]->shadow);
}

Region *MemoryTable::variable(const Program &program, uint32_t index) {
  bind(program);
  return &bound->regions[index];
}

Region *MemoryTable::find(uint64_t at) {
  if (at >= address::kVariables) {
    uint64_t index = (at - address::kVariables) >> address::kVariableShift;
    if (!bound || index >= bound->regions.size() || !bound->regions[index].data) return nullptr;
    return &bound->regions[index];
  }
  uint64_t id = (at >> address::kBufferShift) - 1;
  if (id >= buffers.size() || !buffers[id]->used) return nullptr;
  return &buffers[id]->region;
}

} // namespace tw::emu
