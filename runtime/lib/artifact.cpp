// The artifact file: header, section table, sections; every length is checked before it is used.
#include "tilewright/runtime/artifact.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "tilewright/runtime/file.hpp"
#include "sha256.hpp"

// Layout, all numbers little-endian:
//     0  8  magic; its bytes break when a transfer changes line ends or drops the high bit
//     8  4  schema version
//    12  4  number of sections
//    16  8  bytes of the whole file
//    24 32  content digest: SHA-256 of name, size and bytes of every section but the line map
//    56 32  file digest: SHA-256 of the file without these 32 bytes
//    88     section table: name (24 bytes, zero padded), offset, size
//           section bytes, each section at a multiple of 16, gaps zero
namespace tw::rt {
namespace {

constexpr std::array<unsigned char, 8> magic{0xA7, 'T', 'W', 'A', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t content_digest_at = 24, file_digest_at = 56, table_at = 88, table_entry = 40, name_bytes = 24;

struct Section {
  std::string name;
  std::span<const std::byte> bytes;
};

std::span<const std::byte> bytes_of(const std::string &text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

void store(std::byte *at, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

std::uint64_t load(const std::byte *at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
  return value;
}

// The sections of an artifact, in the one order a file may have.
struct Sections {
  std::string rule, lines;
  std::vector<Section> list;
  explicit Sections(const Artifact &a) : rule(to_json(a.rule)), lines(to_json(a.line_map)) {
    list = {{"key", bytes_of(a.key)},        {"kernel", bytes_of(a.kernel)}, {"target", bytes_of(a.target)},
            {"tile", bytes_of(a.tile_text)}, {"ptx", bytes_of(a.ptx)},       {"cubin", a.cubin},
            {"launch", bytes_of(rule)},      {"report", bytes_of(a.report)}, {"schedule", bytes_of(a.schedule)},
            {"lines", bytes_of(lines)}};
  }
};

Sha256Digest digest_content(const std::vector<Section> &sections) {
  Sha256 hash;
  for (const Section &section : sections) {
    if (section.name == "lines") continue;
    std::array<std::byte, table_entry - 8> head{};
    std::memcpy(head.data(), section.name.data(), section.name.size());
    store(head.data() + name_bytes, section.bytes.size(), 8);
    hash.update(head);
    hash.update(section.bytes);
  }
  return hash.finish();
}

Sha256Digest digest_file(std::span<const std::byte> image) {
  Sha256 hash;
  hash.update(image.first(file_digest_at));
  hash.update(image.subspan(file_digest_at + 32));
  return hash.finish();
}

Fault damaged(const std::string &where, const char *code, std::string what, std::string why = {}) {
  return make_fault(FaultClass::user, code,
                    {where, std::move(what), std::move(why), "copy the file again, or compile the kernel again"});
}

std::size_t aligned(std::size_t offset) { return (offset + 15) / 16 * 16; }

// Everything that can be verified without looking into a section.
Status verify_frame(std::span<const std::byte> image, const std::string &where) {
  const std::size_t seen = std::min(image.size(), magic.size());
  if (image.empty() || std::memcmp(image.data(), magic.data(), seen) != 0)
    return make_fault(FaultClass::user, "artifact.magic",
                      {where, "this is no Tilewright artifact", "its first 8 bytes are not the artifact magic",
                       "give a file made with twc --emit=artifact, copied in binary mode"});
  if (image.size() < table_at)
    return damaged(where, "artifact.truncated", "the artifact is cut off within its header",
                   "it has " + std::to_string(image.size()) + " bytes, the header alone has " +
                       std::to_string(table_at));
  if (const std::uint64_t version = load(image.data() + 8, 4); version != artifact_schema_version)
    return make_fault(FaultClass::unsupported, "artifact.version",
                      {where, "the artifact has format version " + std::to_string(version),
                       "this runtime reads version " + std::to_string(artifact_schema_version) + " only",
                       "compile the kernel again with the release this runtime comes from"});
  if (const std::uint64_t bytes = load(image.data() + 16, 8); bytes != image.size())
    return damaged(where, "artifact.truncated", "the artifact has " + std::to_string(image.size()) + " bytes",
                   "its header says " + std::to_string(bytes));
  const Sha256Digest digest = digest_file(image);
  if (std::memcmp(digest.data(), image.data() + file_digest_at, 32) != 0)
    return damaged(where, "artifact.digest", "the artifact is damaged",
                   "its bytes have SHA-256 " + to_hex(digest).substr(0, 16) + "..., which its header does not say");
  return {};
}

Result<std::vector<Section>> read_table(std::span<const std::byte> image, const std::string &where) {
  const std::uint64_t count = load(image.data() + 12, 4);
  if (count > (image.size() - table_at) / table_entry)
    return damaged(where, "artifact.layout", "the section table does not fit the file",
                   "it claims " + std::to_string(count) + " sections");
  std::vector<Section> sections;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::byte *entry = image.data() + table_at + i * table_entry;
    const char *name = reinterpret_cast<const char *>(entry);
    const std::uint64_t offset = load(entry + name_bytes, 8), size = load(entry + name_bytes + 8, 8);
    const std::string text(name, ::strnlen(name, name_bytes));
    if (offset > image.size() || size > image.size() - offset)
      return damaged(where, "artifact.layout", "section '" + text + "' lies outside the file",
                     "offset " + std::to_string(offset) + ", size " + std::to_string(size));
    sections.push_back({text, image.subspan(offset, size)});
  }
  return sections;
}

} // namespace

std::vector<std::byte> serialise(const Artifact &artifact) {
  const Sections sections(artifact);
  std::size_t end = table_at + sections.list.size() * table_entry;
  for (const Section &section : sections.list) end = aligned(end) + section.bytes.size();
  std::vector<std::byte> image(end);
  std::memcpy(image.data(), magic.data(), magic.size());
  store(image.data() + 8, artifact_schema_version, 4);
  store(image.data() + 12, sections.list.size(), 4);
  store(image.data() + 16, image.size(), 8);
  std::size_t offset = table_at + sections.list.size() * table_entry;
  std::byte *entry = image.data() + table_at;
  for (const Section &section : sections.list) {
    offset = aligned(offset);
    std::memcpy(entry, section.name.data(), section.name.size());
    store(entry + name_bytes, offset, 8);
    store(entry + name_bytes + 8, section.bytes.size(), 8);
    std::copy(section.bytes.begin(), section.bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(offset));
    offset += section.bytes.size();
    entry += table_entry;
  }
  const Sha256Digest content = digest_content(sections.list);
  std::copy(content.begin(), content.end(), image.begin() + content_digest_at);
  const Sha256Digest whole = digest_file(image);
  std::copy(whole.begin(), whole.end(), image.begin() + file_digest_at);
  return image;
}

Result<Artifact> deserialise(std::span<const std::byte> image, const std::string &where) {
  if (Status status = verify_frame(image, where); !status) return status.fault();
  Result<std::vector<Section>> table = read_table(image, where);
  if (!table) return table.fault();
  const Sha256Digest content = digest_content(*table);
  if (std::memcmp(content.data(), image.data() + content_digest_at, 32) != 0)
    return damaged(where, "artifact.digest", "the artifact's content digest does not match its sections");

  Artifact artifact;
  std::string rule, lines;
  const std::array<std::pair<const char *, std::string *>, 10> expected{{{"key", &artifact.key},
                                                                         {"kernel", &artifact.kernel},
                                                                         {"target", &artifact.target},
                                                                         {"tile", &artifact.tile_text},
                                                                         {"ptx", &artifact.ptx},
                                                                         {"cubin", nullptr},
                                                                         {"launch", &rule},
                                                                         {"report", &artifact.report},
                                                                         {"schedule", &artifact.schedule},
                                                                         {"lines", &lines}}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string found = i < table->size() ? (*table)[i].name : "nothing";
    if (found != expected[i].first)
      return damaged(where, "artifact.section", "section " + std::to_string(i) + " must be '" + expected[i].first + "'",
                     "found '" + found + "'");
    const std::span<const std::byte> bytes = (*table)[i].bytes;
    if (expected[i].second)
      expected[i].second->assign(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    else
      artifact.cubin.assign(bytes.begin(), bytes.end());
  }
  if (table->size() != expected.size())
    return damaged(where, "artifact.section", "the artifact has " + std::to_string(table->size()) + " sections",
                   "version " + std::to_string(artifact_schema_version) + " has " + std::to_string(expected.size()));
  if (artifact.key.empty()) return damaged(where, "artifact.section", "the artifact has no key");
  Result<LaunchRule> parsed_rule = launch_rule_from_json(rule, where + ": launch rule");
  if (!parsed_rule) return parsed_rule.fault();
  artifact.rule = std::move(*parsed_rule);
  Result<LineMap> parsed_lines = line_map_from_json(lines, where + ": line map");
  if (!parsed_lines) return parsed_lines.fault();
  artifact.line_map = std::move(*parsed_lines);
  return artifact;
}

Status write_artifact(const std::string &path, const Artifact &artifact) {
  return write_file(path, serialise(artifact));
}

Result<Artifact> read_artifact(const std::string &path) {
  Result<std::vector<std::byte>> image = read_file(path);
  if (!image) return image.fault();
  return deserialise(*image, path);
}

std::string content_digest(const Artifact &artifact) { return to_hex(digest_content(Sections(artifact).list)); }

} // namespace tw::rt
