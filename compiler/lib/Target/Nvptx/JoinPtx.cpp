// One PTX module out of several that were generated apart.
#include "tilewright/Target/Nvptx/JoinPtx.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>

using llvm::StringRef;

namespace tilewright::nvptx {
namespace {

/// The text up to and with the line `.address_size`, and what follows it.
std::pair<StringRef, StringRef> splitHeader(StringRef text) {
  size_t end = text.find('\n', text.find(".address_size"));
  return end == StringRef::npos ? std::pair(text, StringRef())
                                : std::pair(text.take_front(end + 1), text.substr(end + 1));
}

/// The operand of `.version` as written, and its value times ten.
std::pair<StringRef, unsigned> versionOf(StringRef header) {
  StringRef written = header.split(".version ").second.split('\n').first.trim();
  auto [major, minor] = written.split('.');
  unsigned tens = 0, ones = 0;
  major.getAsInteger(10, tens);
  minor.getAsInteger(10, ones);
  return {written, tens * 10 + ones};
}

/// The number that `line` starts with; `line` is left behind it.
unsigned takeNumber(StringRef &line) {
  unsigned number = 0;
  line = line.ltrim();
  line.consumeInteger(10, number);
  return number;
}

} // namespace

std::string joinPtx(std::vector<std::string> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  auto newest = std::max_element(parts.begin(), parts.end(), [](const std::string &a, const std::string &b) {
    return versionOf(splitHeader(a).first).second < versionOf(splitHeader(b).first).second;
  });
  std::string joined = splitHeader(*newest).first.str();
  llvm::StringSet<> declared;
  unsigned files = 0;
  for (const std::string &part : parts) {
    unsigned firstFile = files;
    for (StringRef line : llvm::split(splitHeader(part).second.rtrim('\n'), '\n')) {
      StringRef rest = line.ltrim();
      if (rest.starts_with(".extern") && !declared.insert(rest).second) continue;
      bool file = rest.consume_front(".file\t");
      if (file || rest.consume_front(".loc\t")) {
        unsigned number = firstFile + takeNumber(rest);
        if (file) files = std::max(files, number);
        joined += (file ? "\t.file\t" : "\t.loc\t") + std::to_string(number) + rest.str();
      } else {
        joined += line;
      }
      joined += '\n';
    }
  }
  return joined;
}

} // namespace tilewright::nvptx
