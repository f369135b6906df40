// The recorder of one trace: the lines of the kernel in order, its variables and its open regions.
#pragma once

#include "tilewright/trace/error.hpp"
#include "tilewright/trace/source_location.hpp"
#include "tilewright/types/shape.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tw::detail {

/// Names a variable of one trace.
struct Handle {
  std::uint32_t id = 0;
  std::uint32_t trace = 0;
};

/// What a C++ object of the user stands for. Whether it is a value or a mutable slot is decided only when the text is
/// printed: the first assignment may come after reads that a loop repeats.
struct Variable {
  Type type;
  Where declared;
  std::uint32_t region;
  bool assigned = false;
  bool written = true;
  std::string name;
};

/// One line of output. Operands stand in `text` as marks (see `Recorder::use`).
struct Line {
  enum Kind : std::uint8_t { op, open, middle, close, value_copy };
  Kind kind;
  Where where;
  std::string text;
  std::uint32_t target = 0; // value_copy: the new variable
  std::uint32_t source = 0; // value_copy: the variable whose value it takes
};

/// Characters that stand before the decimal id of a variable, inside the text of a line; `mark_end` follows it.
inline constexpr char mark_use = '\1', mark_define = '\2', mark_slot = '\3', mark_end = '\4';

inline std::string marked(char mark, std::uint32_t id) { return mark + std::to_string(id) + mark_end; }

class Recorder {
public:
  struct Region {
    std::uint32_t serial;
    const char *construct; // the word the user wrote: range, when, ...
    Where where;
  };

  Recorder() : trace_(next_trace()) { regions_.push_back({0, "kernel", Where()}); }
  Recorder(const Recorder &) = delete;
  Recorder &operator=(const Recorder &) = delete;

  /// The recorder of the trace that runs on this thread.
  static Recorder &current(const Where &where) {
    if (!running())
      fail(code::no_trace, where, "no trace is running on this thread",
           "values of the language exist only while a kernel is traced", "call this inside a kernel's operator()");
    return *running();
  }
  static Recorder *&running() {
    static thread_local Recorder *recorder = nullptr;
    return recorder;
  }

  Handle define(const Type &type, const Where &where) {
    variables_.push_back({type, where, regions_.back().serial, false, true, {}});
    return {static_cast<std::uint32_t>(variables_.size() - 1), trace_};
  }

  /// The variable of a handle, once it is known to be of this trace and in scope.
  Variable &variable(Handle handle, const Where &where) {
    if (handle.trace != trace_)
      fail(code::other_trace, where, "a value of another trace is used",
           "a traced value lives no longer than the trace, and the thread, that made it",
           "make the value inside this kernel's operator()");
    Variable &found = variables_[handle.id];
    if (!is_open(found.region))
      fail(code::out_of_scope, where, "a value is used outside the loop or branch that made it",
           user_type(found.type) + ", made at " + place(found.declared),
           "declare a Tile or var before the loop and assign it inside");
    return found;
  }
  const Type &type(Handle handle, const Where &where) { return variable(handle, where).type; }

  /// The mark of an operand: the present value of the variable.
  std::string use(Handle handle, const Where &where) {
    variable(handle, where);
    return marked(mark_use, handle.id);
  }
  /// Records that the variable is assigned and returns the mark of its slot.
  std::string assign(Handle handle, const Where &where) {
    Variable &target = variable(handle, where);
    if (blocks_serial_ && is_open(blocks_serial_) && target.region < blocks_serial_)
      fail(code::across_blocks, where, "a variable from outside blocks() is assigned inside",
           user_type(target.type) + ", declared at " + place(target.declared) +
               "\nblocks run independently and share no variables",
           "declare it inside the blocks() loop");
    target.assigned = target.written = true;
    return marked(mark_slot, handle.id);
  }

  void op(std::string text, const Where &where) { lines_.push_back({Line::op, where, std::move(text)}); }
  /// An op with one result.
  Handle op(const Type &result, const std::string &text, const Where &where) {
    Handle handle = define(result, where);
    op(marked(mark_define, handle.id) + " = " + text, where);
    return handle;
  }
  /// A new variable that holds the present value of another.
  Handle copy_of(Handle source, const Where &where) {
    Type type = variable(source, where).type;
    bool written = variables_[source.id].written;
    Handle target = define(type, where);
    variables_[target.id].written = written;
    lines_.push_back({Line::value_copy, where, {}, target.id, source.id});
    return target;
  }

  /// `value`, unless it is the very variable `source`: then a copy, so that two objects of the user never share one.
  Handle apart_from(Handle source, Handle value, const Where &where) {
    return value.id == source.id ? copy_of(value, where) : value;
  }

  /// Opens a region; values defined from now on belong to it.
  std::uint32_t enter(const char *construct, const Where &where) {
    regions_.push_back({++last_region_, construct, where});
    return last_region_;
  }
  void open_line(std::string text, const Where &where) { lines_.push_back({Line::open, where, std::move(text)}); }
  void middle_line(std::string text) { lines_.push_back({Line::middle, regions_.back().where, std::move(text)}); }
  void leave(std::string text) {
    lines_.push_back({Line::close, regions_.back().where, std::move(text)});
    regions_.pop_back();
  }
  /// The else side of a branch: the same line structure, a new scope.
  std::uint32_t next_region() { return regions_.back().serial = ++last_region_; }
  bool is_open(std::uint32_t serial) const {
    for (const Region &region : regions_)
      if (region.serial == serial) return true;
    return false;
  }

  /// A region was left without reaching its end. Called from destructors, so the error waits for the end of the trace.
  void abandon(std::uint32_t serial, bool by_exception) noexcept {
    while (regions_.size() > 1 && is_open(serial)) {
      if (regions_.back().serial == serial && left_by_ == nullptr) {
        left_ = regions_.back();
        left_by_exception_ = by_exception;
        left_by_ = by_exception ? "an exception that the kernel caught" : "break, goto or return";
      }
      regions_.pop_back();
    }
  }

  /// Enters blocks(), which may happen once and only at the top of the kernel.
  std::uint32_t enter_blocks(const Where &where) {
    if (blocks_serial_)
      fail(code::second_blocks, where, "blocks: a second blocks() in one kernel",
           "the first blocks() is at " + place(blocks_where_) + "\na kernel has one grid of blocks",
           "make a second kernel, or loop with range() inside the first blocks()");
    if (regions_.size() > 1)
      fail(code::nested_blocks, where, "blocks: blocks() inside " + std::string(regions_.back().construct),
           std::string(regions_.back().construct) + " at " + place(regions_.back().where),
           "put blocks() outermost and the loop or branch inside it");
    blocks_where_ = where;
    return blocks_serial_ = enter("blocks", where);
  }

  /// Throws what was held back until the end. `failing`: another error is on its way, and a body that was left early
  /// may be its cause.
  void finish(bool failing = false) const {
    if (left_by_ && !(failing && left_by_exception_))
      fail(code::left_region, left_.where,
           std::string(left_.construct) + ": the body was left by " + left_by_ + " before its end",
           "the body is recorded once for all iterations, so leaving it early has no meaning in the kernel",
           "guard the rest of the body with when(condition, [&] { ... })");
  }

  const std::vector<Line> &lines() const { return lines_; }
  const std::vector<Variable> &variables() const { return variables_; }
  Variable &variable_at(std::uint32_t id) { return variables_[id]; }

private:
  static std::uint32_t next_trace() {
    static std::uint32_t last = 0;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
  }

  std::uint32_t trace_;
  std::uint32_t last_region_ = 0;
  std::uint32_t blocks_serial_ = 0;
  Where blocks_where_;
  Region left_{};
  const char *left_by_ = nullptr;
  bool left_by_exception_ = false;
  std::vector<Region> regions_;
  std::vector<Variable> variables_;
  std::vector<Line> lines_;
};

/// Makes a recorder the running one of this thread, and puts the previous one back, whatever happens.
class RecordingScope {
public:
  explicit RecordingScope(Recorder &recorder) : previous_(Recorder::running()) { Recorder::running() = &recorder; }
  ~RecordingScope() { Recorder::running() = previous_; }
  RecordingScope(const RecordingScope &) = delete;
  RecordingScope &operator=(const RecordingScope &) = delete;

private:
  Recorder *previous_;
};

/// A region that a C++ scope holds open. Left early, it tells the recorder.
class RegionScope {
public:
  RegionScope() = default;
  ~RegionScope() {
    if (recorder_) recorder_->abandon(serial_, std::uncaught_exceptions() > exceptions_);
  }
  RegionScope(const RegionScope &) = delete;
  RegionScope &operator=(const RegionScope &) = delete;

  void start(Recorder &recorder, std::uint32_t serial) {
    recorder_ = &recorder;
    serial_ = serial;
    exceptions_ = std::uncaught_exceptions();
  }
  /// Between the two sides of a branch.
  void next(std::string text) {
    recorder_->middle_line(std::move(text));
    serial_ = recorder_->next_region();
  }
  void close(std::string text) {
    recorder_->leave(std::move(text));
    recorder_ = nullptr;
  }

private:
  Recorder *recorder_ = nullptr;
  std::uint32_t serial_ = 0;
  int exceptions_ = 0;
};

} // namespace tw::detail
