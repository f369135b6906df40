// From PTX with line directives to PTX without, and a table of what they said.

#include "LineTable.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace tilewright;
using llvm::StringRef;

/// The two parts of `.file N "path"` as number and path.
static std::pair<unsigned, std::string> parseFile(StringRef rest) {
  unsigned number = 0;
  rest.consumeInteger(10, number);
  auto quoted = rest.split('"').second.rsplit('"').first;
  return {number, quoted.str()};
}

std::vector<tw::rt::LineMap::Line> tilewright::takeLineTable(std::string &ptx) {
  llvm::DenseMap<unsigned, std::string> files;
  for (StringRef line : llvm::split(StringRef(ptx), '\n')) {
    line = line.ltrim();
    if (line.consume_front(".file")) files.insert(parseFile(line.ltrim()));
  }
  std::vector<tw::rt::LineMap::Line> table;
  std::string kept;
  kept.reserve(ptx.size());
  int next = 1;
  for (StringRef line : llvm::split(StringRef(ptx).rtrim('\n'), '\n')) {
    StringRef directive = line.ltrim();
    if (directive.starts_with(".file") || directive.starts_with("$L__tmp") || directive.starts_with("$L__func_"))
      continue;
    if (directive.consume_front(".loc")) {
      unsigned file = 0, userLine = 0;
      directive = directive.ltrim();
      directive.consumeInteger(10, file);
      directive = directive.ltrim();
      directive.consumeInteger(10, userLine);
      if (userLine == 0) continue;
      if (!table.empty() && table.back().ptx_line == next) table.pop_back();
      if (table.empty() || table.back().file != files[file] || table.back().line != static_cast<int>(userLine))
        table.push_back({next, files[file], static_cast<int>(userLine)});
      continue;
    }
    kept += line;
    kept += '\n';
    ++next;
  }
  ptx = std::move(kept);
  return table;
}
