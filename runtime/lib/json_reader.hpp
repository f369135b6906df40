// Reads members of JSON objects with their kinds checked; the first fault is kept and ends up in the result.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tilewright/runtime/element.hpp"
#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/expression.hpp"

namespace tw::rt {

class JsonDocument;

/// One object of a document. After a fault every read gives a default, so that callers need one check at the end.
class JsonReader {
public:
  JsonReader(JsonDocument &document, const nlohmann::json &object, std::string path);
  /// Records a fault at this object, unless there is one already.
  void fail(std::string what);
  std::string text(const char *key);
  int integer(const char *key, int low, int high);
  std::int64_t integer64(const char *key);
  bool boolean(const char *key);
  ElementType element_type(const char *key);
  Expression expression(const char *key);
  std::vector<Expression> expressions(const char *key);
  std::vector<std::int64_t> integers(const char *key);
  JsonReader object(const char *key);
  std::vector<JsonReader> objects(const char *key);
  /// The list as an array of three; a fault when it has another length.
  template <class T> std::array<T, 3> triple(std::vector<T> list, const char *key) {
    if (list.size() != 3) {
      fail(std::string("'") + key + "' must have 3 elements, it has " + std::to_string(list.size()));
      return {1, 1, 1};
    }
    return {list[0], list[1], list[2]};
  }

private:
  const nlohmann::json &member(const char *key, bool (nlohmann::json::*is_kind)() const noexcept, const char *kind);
  const nlohmann::json &array(const char *key);

  JsonDocument *document_;
  const nlohmann::json *object_;
  std::string path_;
};

/// A parsed text and the first fault found in it.
class JsonDocument {
public:
  JsonDocument(const std::string &text, std::string where);
  JsonReader root() { return {*this, json_, ""}; }
  /// Success, or the first fault (code "rule.json").
  const Status &status() const { return status_; }

private:
  friend class JsonReader;
  nlohmann::json json_;
  std::string where_;
  Status status_;
};

} // namespace tw::rt
