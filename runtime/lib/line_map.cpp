// Line maps: lookup and JSON text.
#include <algorithm>

#include "json_reader.hpp"
#include "tilewright/runtime/artifact.hpp"

namespace tw::rt {

const LineMap::Line *LineMap::find(int ptx_line) const {
  const auto after =
      std::upper_bound(lines.begin(), lines.end(), ptx_line, [](int l, const Line &line) { return l < line.ptx_line; });
  return after == lines.begin() ? nullptr : &after[-1];
}

std::string to_json(const LineMap &map) {
  using nlohmann::json;
  json lines = json::array(), buffers = json::array();
  for (const LineMap::Line &l : map.lines) lines.push_back({{"ptx", l.ptx_line}, {"file", l.file}, {"line", l.line}});
  for (const LineMap::SharedBuffer &b : map.shared_buffers)
    buffers.push_back({{"name", b.name}, {"offset", b.offset}, {"bytes", b.bytes}, {"role", b.role}});
  return json{{"lines", std::move(lines)}, {"shared", std::move(buffers)}}.dump(-1, ' ', false,
                                                                                json::error_handler_t::replace);
}

Result<LineMap> line_map_from_json(const std::string &text, const std::string &where) {
  JsonDocument document(text, where);
  JsonReader root = document.root();
  LineMap map;
  for (JsonReader item : root.objects("lines"))
    map.lines.push_back({item.integer("ptx", 1, INT32_MAX), item.text("file"), item.integer("line", 0, INT32_MAX)});
  for (JsonReader item : root.objects("shared"))
    map.shared_buffers.push_back(
        {item.text("name"), item.integer64("offset"), item.integer64("bytes"), item.text("role")});
  if (!std::is_sorted(map.lines.begin(), map.lines.end(),
                      [](const auto &a, const auto &b) { return a.ptx_line < b.ptx_line; }))
    root.fail("the lines are not in order");
  if (!document.status()) return document.status().fault();
  return map;
}

} // namespace tw::rt
