// vprintf and __assertfail (CUDA C++ programming guide, "Formatted output"; the externs appear in nvcc's PTX).
#include "ops/builtins.hpp"

#include <cstring>

#include <fmt/format.h>

#include "machine/execution.hpp"
#include "ops/lanes.hpp"

namespace tw::emu {
namespace {

enum Builtin : int32_t { Vprintf, AssertFail };

/// Bytes at a generic address, or null when they are not in one piece of memory.
const uint8_t *hostBytes(Warp &w, uint64_t at, uint32_t lane, uint64_t &available) {
  if (at >= address::kLocal && at < address::kLocal + address::kWindow) {
    std::vector<uint8_t> &memory = w.localMemory(lane);
    uint64_t offset = at - address::kLocal;
    if (offset >= memory.size()) return nullptr;
    available = memory.size() - offset;
    return memory.data() + offset;
  }
  Region *region = nullptr;
  uint64_t offset = 0;
  if (at >= address::kConst && at < address::kConst + address::kWindow)
    region = &w.execution->constantRegion, offset = at - address::kConst;
  else if (at >= address::kShared && at < address::kShared + address::kWindow)
    region = &w.cta->sharedRegion, offset = at - address::kShared;
  else if ((region = w.execution->memory.find(at)))
    offset = at - region->base;
  if (!region || offset >= region->bytes) return nullptr;
  available = region->bytes - offset;
  return region->data + offset;
}

std::string text(Warp &w, uint64_t at, uint32_t lane) {
  uint64_t available = 0;
  const uint8_t *bytes = hostBytes(w, at, lane, available);
  if (!bytes) return "(bad string address)";
  const void *end = std::memchr(bytes, 0, available);
  return std::string(reinterpret_cast<const char *>(bytes),
                     end ? static_cast<size_t>(static_cast<const uint8_t *>(end) - bytes) : available);
}

/// Formats like printf, taking arguments from a packed buffer as CUDA lays it out: 4 or 8 bytes, naturally aligned.
class Formatter {
public:
  Formatter(Warp &w, uint32_t lane, uint64_t arguments) : w(w), lane(lane), at(arguments) {}

  std::string run(const std::string &format) {
    std::string out;
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%') {
        out += format[i];
        continue;
      }
      size_t end = format.find_first_of("diouxXeEfFgGaAcspn%", i + 1);
      if (end == std::string::npos) return out + format.substr(i);
      out += one(format.substr(i, end - i + 1));
      i = end;
    }
    return out;
  }

private:
  uint64_t take(uint64_t bytes) {
    at = (at + bytes - 1) / bytes * bytes;
    uint64_t available = 0, value = 0;
    const uint8_t *host = hostBytes(w, at, lane, available);
    if (host && available >= bytes) std::memcpy(&value, host, bytes);
    at += bytes;
    return value;
  }

  template <class T> static std::string print(const std::string &spec, T value) {
    char buffer[512];
    int n = std::snprintf(buffer, sizeof buffer, spec.c_str(), value);
    return std::string(buffer, static_cast<size_t>(std::clamp(n, 0, static_cast<int>(sizeof buffer) - 1)));
  }

  std::string one(std::string spec) {
    char kind = spec.back();
    if (kind == '%') return "%";
    for (size_t star; (star = spec.find('*')) != std::string::npos;)
      spec.replace(star, 1, std::to_string(static_cast<int32_t>(take(4))));
    bool isLong = spec.find('l') != std::string::npos || spec.find('z') != std::string::npos ||
                  spec.find('j') != std::string::npos;
    switch (kind) {
    case 's': return print(spec, text(w, take(8), lane).c_str());
    case 'p': return fmt::format("0x{:x}", take(8));
    case 'c': return print(spec, static_cast<int>(take(4)));
    case 'd':
    case 'i': return isLong ? print(spec, static_cast<long long>(take(8))) : print(spec, static_cast<int>(take(4)));
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return isLong ? print(spec, static_cast<unsigned long long>(take(8)))
                    : print(spec, static_cast<unsigned>(take(4)));
    case 'n': take(8); return "";
    default: return print(spec, std::bit_cast<double>(take(8)));
    }
  }

  Warp &w;
  uint32_t lane;
  uint64_t at;
};

uint64_t argument(Warp &w, const Placement &p, uint32_t lane) {
  Frame &frame = w.currentFrame();
  uint64_t value = 0;
  std::memcpy(&value, frame.params.data() + size_t{lane} * frame.function->frameParamBytes + p.offset,
              std::min<uint64_t>(p.bytes, 8));
  return value;
}

void vprintf(Warp &w, const CallSite &site, uint32_t mask) {
  forLanes(mask, [&](uint32_t lane) {
    std::string format = text(w, argument(w, site.arguments[0], lane), lane);
    std::string line = Formatter(w, lane, argument(w, site.arguments[1], lane)).run(format);
    w.execution->result.printf_text += line;
    if (site.results.empty()) return;
    int32_t written = static_cast<int32_t>(line.size());
    Frame &frame = w.currentFrame();
    std::memcpy(frame.params.data() + size_t{lane} * frame.function->frameParamBytes + site.results[0].offset, &written,
                4);
  });
}

void assertFail(Warp &w, const Instruction &in, const CallSite &site, uint32_t mask) {
  uint32_t lane = static_cast<uint32_t>(std::countr_zero(mask));
  std::string message = text(w, argument(w, site.arguments[0], lane), lane),
              file = text(w, argument(w, site.arguments[1], lane), lane);
  uint64_t line = argument(w, site.arguments[2], lane) & 0xffffffffu;
  w.execution->report(FindingKind::Misuse, "assert", in, w, lane,
                      fmt::format("assertion failed at {}:{}: {}", file, line, message), "", "9.7.19.4");
  throw LaunchAbort{};
}

} // namespace

std::optional<int32_t> builtinNumber(const std::string &name) {
  if (name == "vprintf") return Vprintf;
  if (name == "__assertfail") return AssertFail;
  return std::nullopt;
}

void callBuiltin(Warp &w, const Instruction &in, const CallSite &site, uint32_t mask) {
  if (site.builtin == Vprintf)
    vprintf(w, site, mask);
  else
    assertFail(w, in, site, mask);
}

} // namespace tw::emu
