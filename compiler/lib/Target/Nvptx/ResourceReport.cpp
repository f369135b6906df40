// Reads the output of `ptxas -v`: resources of each kernel, warnings and advice.
#include "tilewright/Target/Nvptx/Assemble.h"

#include <algorithm>
#include <cctype>

namespace tilewright {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The number whose last digit is before position `end` (blanks between are skipped), 0 when there is none.
int64_t numberEndingAt(std::string_view line, std::size_t end) {
  while (end > 0 && line[end - 1] == ' ') --end;
  std::size_t start = end;
  while (start > 0 && std::isdigit(static_cast<unsigned char>(line[start - 1]))) --start;
  int64_t number = 0;
  for (char digit : line.substr(start, end - start)) number = number * 10 + (digit - '0');
  return number;
}

/// The number in front of `unit` ("128 registers"), 0 when there is none.
int64_t numberBefore(std::string_view line, std::string_view unit) {
  std::size_t at = line.find(unit);
  return at == std::string_view::npos ? 0 : numberEndingAt(line, at);
}

/// The sum of the numbers before each "bytes cmem[N]".
int64_t constantBytes(std::string_view line) {
  constexpr std::string_view unit = "bytes cmem[";
  int64_t sum = 0;
  for (std::size_t at = line.find(unit); at != std::string_view::npos; at = line.find(unit, at + 1))
    sum += numberEndingAt(line, at);
  return sum;
}

std::string_view between(std::string_view line, std::string_view left, char right) {
  std::size_t start = line.find(left);
  if (start == std::string_view::npos) return {};
  start += left.size();
  std::size_t end = line.find(right, start);
  return end == std::string_view::npos ? std::string_view{} : line.substr(start, end - start);
}

/// "C7510" in a line, or empty.
std::string_view performanceCode(std::string_view line) {
  for (std::size_t at = line.find("C75"); at != std::string_view::npos; at = line.find("C75", at + 1))
    if (at + 5 <= line.size() && std::isdigit(static_cast<unsigned char>(line[at + 3])) &&
        std::isdigit(static_cast<unsigned char>(line[at + 4])))
      return line.substr(at, 5);
  return {};
}

bool isNote(std::string_view line) {
  return contains(line, "warning") || contains(line, "Potential Performance Loss") || contains(line, "advisory") ||
         contains(line, "dvice") || !performanceCode(line).empty();
}

/// A line without "ptxas FILE, line N;" or "ptxas FILE;" in front: the temporary name differs from run to run.
std::string withoutFile(std::string_view line) {
  std::size_t file = line.find(".ptx");
  if (!line.starts_with("ptxas ") || file == std::string_view::npos) return std::string(line);
  std::string_view rest = line.substr(file + 4);
  while (!rest.empty() && (rest.front() == ',' || rest.front() == ';' || rest.front() == ' ')) rest.remove_prefix(1);
  return "ptxas " + std::string(rest);
}

class Parser {
public:
  ResourceReport take() { return std::move(report); }

  void line(std::string_view text) {
    if (std::string_view name = between(text, "Compiling entry function '", '\''); !name.empty())
      current = &entry(name);
    // Properties come for functions too; only those of the kernel being compiled count.
    else if (contains(text, "Function properties for "))
      properties = true;
    else if (current && properties && contains(text, "bytes stack frame")) {
      current->stackBytes = numberBefore(text, "bytes stack frame");
      current->spillStoreBytes = numberBefore(text, "bytes spill stores");
      current->spillLoadBytes = numberBefore(text, "bytes spill loads");
      properties = false;
    } else if (current && contains(text, "Used ") && contains(text, " registers"))
      used(text);
    else if (isNote(text))
      report.notes.push_back(withoutFile(text));
  }

private:
  EntryResources &entry(std::string_view name) {
    report.entries.push_back({});
    report.entries.back().name = name;
    return report.entries.back();
  }

  void used(std::string_view text) {
    current->registers = static_cast<int>(numberBefore(text, "registers"));
    current->barriers = static_cast<int>(numberBefore(text, "barriers"));
    current->sharedBytes = numberBefore(text, "bytes smem");
    current->constantBytes = constantBytes(text);
  }

  ResourceReport report;
  EntryResources *current = nullptr;
  bool properties = false;
};

} // namespace

ResourceReport parseResourceReport(std::string_view output) {
  Parser parser;
  while (!output.empty()) {
    std::size_t end = std::min(output.find('\n'), output.size());
    std::string_view line = output.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    parser.line(line);
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  return parser.take();
}

bool ResourceReport::hasPerformanceLoss() const {
  return std::any_of(notes.begin(), notes.end(), [](const std::string &note) {
    return contains(note, "Potential Performance Loss") || !performanceCode(note).empty();
  });
}

bool ResourceReport::hasSpills() const {
  return std::any_of(entries.begin(), entries.end(),
                     [](const EntryResources &entry) { return entry.spillStoreBytes > 0 || entry.spillLoadBytes > 0; });
}

const EntryResources *ResourceReport::find(std::string_view name) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const EntryResources &e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

} // namespace tilewright
