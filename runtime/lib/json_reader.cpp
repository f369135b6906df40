// Checked reading of JSON objects.
#include "json_reader.hpp"

#include "expression_json.hpp"

namespace tw::rt {

using nlohmann::json;

namespace {

const json empty_array = json::array(), empty_object = json::object(), null_value;

} // namespace

JsonDocument::JsonDocument(const std::string &text, std::string where)
    : json_(json::parse(text, nullptr, false)), where_(std::move(where)) {
  if (json_.is_discarded()) {
    status_ = make_fault(FaultClass::user, "rule.json",
                         {where_, "the text is no JSON", {}, "compile the kernel again with the same release"});
    json_ = json::object();
  }
}

JsonReader::JsonReader(JsonDocument &document, const json &object, std::string path)
    : document_(&document), object_(&object), path_(std::move(path)) {
  if (object.is_object()) return;
  fail("this must be an object");
  object_ = &empty_object;
}

void JsonReader::fail(std::string what) {
  if (!document_->status_) return;
  document_->status_ = make_fault(FaultClass::user, "rule.json",
                                  {document_->where_ + (path_.empty() ? "" : " at " + path_),
                                   std::move(what),
                                   {},
                                   "compile the kernel again with the same release"});
}

const json &JsonReader::member(const char *key, bool (json::*is_kind)() const noexcept, const char *kind) {
  const auto found = object_->find(key);
  if (found == object_->end())
    fail(std::string("'") + key + "' is missing");
  else if (!((*found).*is_kind)())
    fail(std::string("'") + key + "' must be " + kind);
  else
    return *found;
  return null_value;
}

std::string JsonReader::text(const char *key) {
  const json &value = member(key, &json::is_string, "a string");
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::int64_t JsonReader::integer64(const char *key) {
  const json &value = member(key, &json::is_number_integer, "an integer");
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

int JsonReader::integer(const char *key, int low, int high) {
  const json &value = member(key, &json::is_number_integer, "an integer");
  if (!value.is_number_integer()) return low;
  if (value >= low && value <= high) return value.get<int>();
  fail(std::string("'") + key + "' is " + value.dump() + ", which is not within " + std::to_string(low) + ".." +
       std::to_string(high));
  return low;
}

bool JsonReader::boolean(const char *key) {
  const json &value = member(key, &json::is_boolean, "true or false");
  return value.is_boolean() && value.get<bool>();
}

ElementType JsonReader::element_type(const char *key) {
  const std::string name = text(key);
  if (const std::optional<ElementType> type = element_type_of(name)) return *type;
  fail("unknown element type '" + name + "'");
  return ElementType::f32;
}

Expression JsonReader::expression(const char *key) {
  const auto found = object_->find(key);
  if (found == object_->end()) {
    fail(std::string("'") + key + "' is missing");
    return 0;
  }
  Result<Expression> result = expression_of(*found, document_->where_ + " at " + path_ + "/" + key);
  if (result) return std::move(*result);
  if (document_->status_) document_->status_ = result.fault();
  return 0;
}

const json &JsonReader::array(const char *key) {
  const json &value = member(key, &json::is_array, "a list");
  return value.is_array() ? value : empty_array;
}

std::vector<Expression> JsonReader::expressions(const char *key) {
  std::vector<Expression> list;
  for (const json &item : array(key)) {
    Result<Expression> result = expression_of(item, document_->where_ + " at " + path_ + "/" + key);
    if (!result && document_->status_) document_->status_ = result.fault();
    list.push_back(result ? std::move(*result) : Expression(0));
  }
  return list;
}

std::vector<std::int64_t> JsonReader::integers(const char *key) {
  std::vector<std::int64_t> list;
  for (const json &item : array(key)) {
    if (!item.is_number_integer()) {
      fail(std::string("'") + key + "' must hold integers");
      return {};
    }
    list.push_back(item.get<std::int64_t>());
  }
  return list;
}

JsonReader JsonReader::object(const char *key) {
  return {*document_, member(key, &json::is_object, "an object"), path_ + "/" + key};
}

std::vector<JsonReader> JsonReader::objects(const char *key) {
  std::vector<JsonReader> list;
  std::size_t i = 0;
  for (const json &item : array(key))
    list.emplace_back(*document_, item, path_ + "/" + key + "/" + std::to_string(i++));
  return list;
}

} // namespace tw::rt
