// From the recorded lines to the text of the module: here variables become values or slots.
#pragma once

#include "tilewright/trace/literal.hpp"
#include "tilewright/trace/recorder.hpp"

namespace tw::detail {

inline std::string location_text(const Where &where) {
  return " loc(" + detail::quoted(where.file_name()) + ":" + std::to_string(where.line()) + ":" +
         std::to_string(where.column()) + ")";
}

/// Prints lines in order. A variable that is never assigned is its defining value and leaves no trace of its own; one
/// that is assigned becomes a `tile.slot` at its definition, and each read a `tile.get`.
class Printer {
public:
  explicit Printer(const Recorder &recorder) : recorder_(recorder), alias_(recorder.variables().size()) {
    for (std::uint32_t id = 0; id < alias_.size(); ++id) alias_[id] = "%" + std::to_string(id);
  }

  std::string print() {
    for (const Line &line : recorder_.lines()) {
      switch (line.kind) {
      case Line::op:
      case Line::open: print_op(line); break;
      case Line::middle:
        depth_ -= 1;
        emit(line.text);
        depth_ += 1;
        break;
      case Line::close:
        depth_ -= 1;
        emit(line.text + location_text(line.where));
        break;
      case Line::value_copy:
        alias_[line.target] = value_of(line.source, line.where);
        slot_for(line.target, line.where);
        break;
      }
    }
    return std::move(out_);
  }

private:
  const Variable &variable(std::uint32_t id) const { return recorder_.variables()[id]; }
  std::string slot_type(std::uint32_t id) const { return "!tile.slot<" + mlir_type(variable(id).type) + ">"; }

  void emit(const std::string &text) {
    out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    out_ += text;
    out_ += '\n';
  }

  std::string value_of(std::uint32_t id, const Where &where) {
    if (!variable(id).assigned) return alias_[id];
    std::string value = "%g" + std::to_string(gets_++);
    emit(value + " = tile.get %s" + std::to_string(id) + " : " + slot_type(id) + location_text(where));
    return value;
  }

  void slot_for(std::uint32_t id, const Where &where) {
    if (variable(id).assigned)
      emit("%s" + std::to_string(id) + " = tile.slot " + alias_[id] + " : " + slot_type(id) + location_text(where));
  }

  void print_op(const Line &line) {
    std::string text;
    std::vector<std::uint32_t> defined;
    for (std::size_t i = 0; i < line.text.size(); ++i) {
      char c = line.text[i];
      if (c != mark_use && c != mark_define && c != mark_slot) {
        text += c;
        continue;
      }
      std::uint32_t id = 0;
      while (line.text[++i] != mark_end) id = id * 10 + static_cast<std::uint32_t>(line.text[i] - '0');
      if (c == mark_use) {
        text += value_of(id, line.where);
      } else if (c == mark_slot) {
        text += "%s" + std::to_string(id);
      } else {
        text += "%" + std::to_string(id);
        defined.push_back(id);
      }
    }
    if (line.kind == Line::open) {
      emit(text);
      depth_ += 1;
    } else {
      emit(text + location_text(line.where));
    }
    for (std::uint32_t id : defined) slot_for(id, line.where);
  }

  const Recorder &recorder_;
  std::vector<std::string> alias_;
  std::string out_;
  int depth_ = 2;
  int gets_ = 0;
};

} // namespace tw::detail
