// Artifacts: one self-verifying file that holds a compiled kernel and everything needed to run it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/launch_rule.hpp"

namespace tw::rt {

/// Version of the file format; a file of another version is refused.
inline constexpr std::uint32_t artifact_schema_version = 1;

/// From the emitted PTX back to the user's source. Outside key and content digest: two builds that differ only in
/// paths have the same key.
struct LineMap {
  /// From this PTX line on (counted from 1), until the next entry, code belongs to `file`:`line`.
  struct Line {
    int ptx_line = 0;
    std::string file;
    int line = 0;
    friend bool operator==(const Line &, const Line &) = default;
  };
  /// A named range of a block's shared memory.
  struct SharedBuffer {
    std::string name;
    std::int64_t offset = 0; ///< bytes from the start of the block's dynamic shared memory
    std::int64_t bytes = 0;
    std::string role; ///< "buffer", "ring" or "mbarrier"; may be empty
    friend bool operator==(const SharedBuffer &, const SharedBuffer &) = default;
  };
  std::vector<Line> lines; ///< by ptx_line
  std::vector<SharedBuffer> shared_buffers;

  /// The entry that covers `ptx_line`, or null.
  const Line *find(int ptx_line) const;
  friend bool operator==(const LineMap &, const LineMap &) = default;
};

/// A compiled kernel. Everything but `line_map` is content: it enters the content digest.
struct Artifact {
  std::string key;       ///< hex content hash chosen by the compiler (what it was compiled from); never empty
  std::string kernel;    ///< the kernel's name
  std::string target;    ///< "sm_80", "sm_90a", ...
  std::string tile_text; ///< the tile module it was compiled from, without locations
  std::string ptx;
  std::vector<std::byte> cubin; ///< may be empty: the driver then compiles the PTX
  LaunchRule rule;
  std::string report;   ///< JSON text, or empty
  std::string schedule; ///< JSON text, or empty
  LineMap line_map;
  friend bool operator==(const Artifact &, const Artifact &) = default;
};

/// The file image; the same artifact gives the same bytes.
std::vector<std::byte> serialise(const Artifact &artifact);
/// Reads an image and verifies magic, version, every length and offset, and both digests, before anything is parsed.
/// `where` names the image in messages. Codes: artifact.magic, artifact.version, artifact.truncated,
/// artifact.layout, artifact.digest, artifact.section, rule.json.
Result<Artifact> deserialise(std::span<const std::byte> image, const std::string &where);

/// Writes through a temporary file in the same folder, fsync and rename: readers see the old file or the whole new one.
Status write_artifact(const std::string &path, const Artifact &artifact);
/// Reads and verifies a file; errors as `deserialise`, and "file.read".
Result<Artifact> read_artifact(const std::string &path);

/// SHA-256 of the content (all but the line map), in hex.
std::string content_digest(const Artifact &artifact);

/// JSON text of a line map, and back; `where` names the text in messages.
std::string to_json(const LineMap &map);
Result<LineMap> line_map_from_json(const std::string &text, const std::string &where = "line map");

} // namespace tw::rt
