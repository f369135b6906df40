// Groups of snippets as artifacts, the folder that records them on a GPU, and the comparison with what was recorded.
#pragma once

#include <string>
#include <vector>

#include "snippet.hpp"
#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/tensor.hpp"

namespace golden {

/// Snippets that one launch of tw-run records: of one target, one kind of inputs and one family.
struct Group {
  std::string name;
  std::vector<Snippet> snippets;
  std::vector<std::int64_t> offsets; ///< of each snippet's outputs, in bytes
  std::int64_t output_bytes = 0;
  int threads = 0; ///< the most that a snippet has, over all blocks: as many have inputs
};

/// The groups of the whole table, or of the snippets given.
std::vector<Group> groups(const std::vector<Snippet> &list = snippets());

/// The group as an artifact without cubin: argument 0 the inputs as u64, argument 1 the outputs as u32. Variant 0 runs
/// all snippets one after the other, variant 1 + i the i-th alone. The key is the digest of the content.
tw::rt::Artifact artifact_of(const Group &group);

/// `threads` times eight words of 64 bits.
tw::rt::HostTensor make_inputs(Inputs inputs, int threads);

/// Writes the folder that records on a machine with a driver: tw-run, record.sh, artifacts (with cubins if ptxas is
/// found and `cubins`), inputs, the list of groups. Throws std::runtime_error: ptxas refuses a snippet, or no file can
/// be written. Returns its bytes.
std::uintmax_t write_pack(const std::string &folder, const std::string &tool, const std::string &script, bool cubins);

/// What a replay found, by family.
struct Replay {
  struct Family {
    std::string name;
    int snippets = 0, inputs = 0, recorded = 0, wrong = 0;
  };
  std::vector<Family> families;
  std::vector<std::string> faults;  ///< one line each: damaged or outdated records, snippets that differ
  std::vector<std::string> devices; ///< that recorded something
  bool none_recorded() const { return devices.empty() && faults.empty(); }
};

/// Runs every recorded snippet on the emulator and compares. Damaged and outdated records are faults.
Replay replay(const std::string &records);

/// Outputs of one snippet on the emulator; a fault when it does not run or has a finding.
tw::rt::Result<std::vector<std::byte>> emulate(const Snippet &snippet);

/// Empty when `got` is right, else the first difference.
std::string difference(const Snippet &snippet, std::span<const std::byte> got, std::span<const std::byte> want);

} // namespace golden
