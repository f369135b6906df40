// Name lookup for the decoder.
#include "machine/symbols.hpp"

#include <cctype>

namespace tw::emu {

Symbol *Symbols::find(const std::string &name) {
  size_t digits = name.size();
  while (digits > 0 && std::isdigit(static_cast<unsigned char>(name[digits - 1]))) --digits;
  bool ranged = digits < name.size() && digits > 0 && name.size() - digits < 9;
  uint32_t number = ranged ? static_cast<uint32_t>(std::stoul(name.substr(digits))) : 0;
  std::string stem = ranged ? name.substr(0, digits) + '<' : std::string();
  for (int s = current; s >= 0; s = scopes[static_cast<size_t>(s)].parent) {
    auto &names = scopes[static_cast<size_t>(s)].names;
    if (auto found = names.find(name); found != names.end()) return &found->second;
    if (!ranged) continue;
    auto range = names.find(stem);
    if (range == names.end() || number >= range->second.count) continue;
    Symbol one = range->second;
    one.kind = Symbol::Kind::Register;
    return &names.emplace(name, one).first->second;
  }
  return nullptr;
}

} // namespace tw::emu
