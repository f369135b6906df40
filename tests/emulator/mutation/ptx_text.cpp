// Scanning of a kernel's text.
#include "mutation/ptx_text.hpp"

#include <algorithm>
#include <cctype>

namespace tw::emu::mutation {
namespace {

/// The text with comments and `.loc` lines blanked, so that places stay.
std::string masked(const std::string &ptx) {
  std::string text = ptx;
  auto blank = [&](size_t from, size_t to) {
    for (size_t i = from; i < to && i < text.size(); ++i)
      if (text[i] != '\n') text[i] = ' ';
  };
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '/' && text[i + 1] == '/')
      blank(i, std::min(text.find('\n', i), text.size()));
    else if (text[i] == '/' && text[i + 1] == '*')
      blank(i, std::min(text.find("*/", i), text.size() - 2) + 2);
    else if (text.compare(i, 5, ".loc\t") == 0 || text.compare(i, 5, ".loc ") == 0)
      blank(i, std::min(text.find('\n', i), text.size()));
  }
  return text;
}

bool isSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool isName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '%'; }

std::string trimmed(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return std::string(text);
}

/// Operands between commas that no bracket encloses.
std::vector<std::string> splitOperands(std::string_view text) {
  std::vector<std::string> out;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    char c = i < text.size() ? text[i] : ',';
    if (c == '[' || c == '{' || c == '(') ++depth;
    if (c == ']' || c == '}' || c == ')') --depth;
    if (c != ',' || (depth != 0 && i < text.size())) continue;
    std::string one = trimmed(text.substr(start, i - start));
    if (!one.empty()) out.push_back(std::move(one));
    start = i + 1;
  }
  return out;
}

/// Where the body of the entry starts, behind its `{`; npos without one.
size_t bodyOf(const std::string &text, const std::string &entry) {
  for (size_t at = text.find(".entry"); at != std::string::npos; at = text.find(".entry", at + 1)) {
    size_t name = at + 6;
    while (name < text.size() && isSpace(text[name])) ++name;
    size_t end = name;
    while (end < text.size() && isName(text[end])) ++end;
    if (text.compare(name, end - name, entry) != 0) continue;
    size_t brace = text.find('{', end);
    return brace == std::string::npos ? brace : brace + 1;
  }
  return std::string::npos;
}

} // namespace

bool Statement::is(std::string_view prefix) const {
  return kind == Kind::Instruction && opcode.compare(0, prefix.size(), prefix) == 0 &&
         (opcode.size() == prefix.size() || opcode[prefix.size()] == '.');
}

bool Statement::has(std::string_view modifier) const {
  if (kind != Kind::Instruction) return false;
  std::string dotted = "." + std::string(modifier);
  for (size_t at = opcode.find(dotted); at != std::string::npos; at = opcode.find(dotted, at + 1)) {
    size_t end = at + dotted.size();
    if (end == opcode.size() || opcode[end] == '.') return true;
  }
  return false;
}

KernelText::Range KernelText::unitOf(size_t index) const {
  Range range{index, index};
  int depth = statements[index].depth;
  while (depth > 0 && !(statements[range.first].kind == Statement::Kind::Open && statements[range.first].depth == 0))
    --range.first;
  while (depth > 0 && !(statements[range.last].kind == Statement::Kind::Close && statements[range.last].depth == 0))
    ++range.last;
  return range;
}

KernelText scanKernel(const std::string &ptx, const std::string &entry) {
  const std::string text = masked(ptx);
  KernelText kernel;
  size_t at = bodyOf(text, entry);
  if (at == std::string::npos) return kernel;
  int line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  int depth = 0;
  while (at < text.size()) {
    if (isSpace(text[at])) {
      line += text[at++] == '\n';
      continue;
    }
    Statement s;
    s.begin = s.body = at;
    s.line = line;
    s.depth = depth;
    if (text[at] == '{') {
      s.kind = Statement::Kind::Open;
      s.end = ++at;
      ++depth;
    } else if (text[at] == '}') {
      if (depth == 0) break;
      s.kind = Statement::Kind::Close;
      s.depth = --depth;
      s.end = ++at;
    } else {
      size_t name = at;
      while (name < text.size() && isName(text[name])) ++name;
      size_t colon = name;
      while (colon < text.size() && isSpace(text[colon])) ++colon;
      if (name > at && colon < text.size() && text[colon] == ':' && text[colon + 1] != ':') {
        s.kind = Statement::Kind::Label;
        s.opcode = text.substr(at, name - at);
        s.end = colon + 1;
      } else {
        s.end = std::min(text.find(';', at), text.size() - 1) + 1;
        s.kind = text[at] == '.' ? Statement::Kind::Directive : Statement::Kind::Instruction;
        if (text[at] == '@') {
          while (s.body < s.end && !isSpace(text[s.body])) ++s.body;
          s.guard = text.substr(at, s.body - at);
          while (s.body < s.end && isSpace(text[s.body])) ++s.body;
        }
        size_t stop = s.body;
        while (stop < s.end - 1 && !isSpace(text[stop])) ++stop;
        s.opcode = text.substr(s.body, stop - s.body);
        s.operands = splitOperands(std::string_view(text).substr(stop, s.end - 1 - stop));
      }
      line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                          text.begin() + static_cast<std::ptrdiff_t>(s.end), '\n'));
      at = s.end;
    }
    kernel.statements.push_back(std::move(s));
  }
  return kernel;
}

} // namespace tw::emu::mutation
