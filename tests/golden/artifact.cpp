// From snippets to artifacts and to a folder that runs them.
#include "pack.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "tilewright/runtime/npy.hpp"

namespace golden {
namespace {

namespace fs = std::filesystem;
using namespace tw::rt;

constexpr std::uintmax_t most_bytes = 8'000'000;

/// "ldmatrix, stmatrix" becomes ldmatrix_stmatrix: groups are names of files and words of a shell script.
std::string group_name(const Snippet &s) {
  std::string name;
  for (char c : s.family)
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += c;
    else if (!name.ends_with('_'))
      name += '_';
  return fmt::format("{}.{}.{}", name, name_of(s.inputs), s.target);
}

KernelRule kernel_rule(const Snippet &s, std::int64_t offset) {
  using Kind = ParameterRule::Kind;
  KernelRule kernel;
  kernel.entry = s.name;
  kernel.grid = {s.blocks, 1, 1};
  kernel.block = {s.threads, 1, 1};
  kernel.cluster = {s.cluster, 1, 1};
  if (s.map) kernel.parameters.push_back({Kind::tensor_map, 0, 0, 0, *s.map});
  if (s.output_map) {
    TensorMapRule map = *s.output_map;
    map.offset_bytes = offset;
    kernel.parameters.push_back({Kind::tensor_map, 1, 0, 0, map});
  }
  kernel.parameters.push_back({Kind::address, 0});
  kernel.parameters.push_back({Kind::address, 1});
  kernel.parameters.push_back({Kind::value_i64, 0, 0, offset});
  return kernel;
}

/// The code of `artifact`, made by ptxas.
std::vector<std::byte> assemble(const Artifact &artifact, const fs::path &folder) {
  const fs::path ptx = folder / "snippets.ptx", cubin = folder / "snippets.cubin", log = folder / "ptxas.log";
  std::ofstream(ptx) << artifact.ptx;
  const std::string command = fmt::format("'{}' -arch={} '{}' -o '{}' >'{}' 2>&1", GOLDEN_PTXAS, artifact.target,
                                          ptx.string(), cubin.string(), log.string());
  const bool right = std::system(command.c_str()) == 0;
  auto read = [](const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string said = read(log), code = read(cubin);
  for (const fs::path &path : {ptx, cubin, log}) fs::remove(path);
  if (!right) throw std::runtime_error(fmt::format("group {}: ptxas refuses a snippet:\n{}", artifact.kernel, said));
  std::vector<std::byte> bytes(code.size());
  std::transform(code.begin(), code.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

std::uintmax_t bytes_in(const fs::path &folder) {
  std::uintmax_t bytes = 0;
  for (const auto &entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

} // namespace

std::vector<Group> groups(const std::vector<Snippet> &list) {
  std::vector<Group> all;
  for (const Snippet &s : list) {
    const std::string name = group_name(s);
    auto group = std::find_if(all.begin(), all.end(), [&](const Group &g) { return g.name == name; });
    if (group == all.end()) {
      all.push_back({name, {}, {}});
      group = all.end() - 1;
    }
    group->snippets.push_back(s);
    group->offsets.push_back(group->output_bytes);
    group->output_bytes += (s.output_bytes() + 127) / 128 * 128;
    group->threads = std::max(group->threads, s.blocks * s.threads);
  }
  return all;
}

Artifact artifact_of(const Group &group) {
  Artifact artifact;
  artifact.key = std::string(1, '0'); // not empty while its digest is taken
  artifact.kernel = group.name;
  artifact.target = group.snippets.front().target;
  artifact.ptx = fmt::format(".version 8.4\n.target {}\n.address_size 64\n", artifact.target);
  artifact.rule.arguments = {
      {"in", ArgumentRule::Kind::tensor, ElementType::u64, {std::int64_t{group.threads} * 8}, {1}},
      {"out", ArgumentRule::Kind::tensor, ElementType::u32, {group.output_bytes / 4}, {1}}};
  artifact.rule.variants.push_back({"all", {}, 0, {}});
  for (std::size_t i = 0; i < group.snippets.size(); ++i) {
    artifact.ptx += entry_of(group.snippets[i]);
    const KernelRule kernel = kernel_rule(group.snippets[i], group.offsets[i]);
    artifact.rule.variants[0].steps.push_back(kernel);
    artifact.rule.variants.push_back({group.snippets[i].name, {}, 0, {kernel}});
  }
  artifact.key = content_digest(artifact);
  return artifact;
}

std::uintmax_t write_pack(const std::string &where, const std::string &tool, const std::string &script, bool cubins) {
  const fs::path folder = where;
  if (fs::exists(folder) && !fs::is_empty(folder))
    throw std::runtime_error(where + " is there and not empty\n  fix: remove it, or name another folder");
  for (const char *name : {"artifacts", "inputs"}) fs::create_directories(folder / name);
  fs::copy_file(tool, folder / "tw-run");
  fs::copy_file(script, folder / "record.sh");
  for (const char *file : {"tw-run", "record.sh"}) fs::permissions(folder / file, fs::perms{0755});
  std::ofstream list;
  list.exceptions(std::ios::badbit | std::ios::failbit);
  list.open(folder / "groups");
  for (const Group &group : groups()) {
    Artifact artifact = artifact_of(group);
    if (cubins && *GOLDEN_PTXAS) artifact.cubin = assemble(artifact, folder);
    write_artifact(folder / "artifacts" / (group.name + ".twa"), artifact).check();
    const std::string inputs = fmt::format("inputs/{}-{}.npy", name_of(group.snippets[0].inputs), group.threads);
    write_npy(folder / inputs, make_inputs(group.snippets[0].inputs, group.threads)).check();
    list << group.name << '\t' << group.snippets.size() << '\t' << inputs << '\t' << group.output_bytes / 4 << '\n';
  }
  list.close();
  const std::uintmax_t bytes = bytes_in(folder);
  if (bytes > most_bytes) throw std::runtime_error(fmt::format("the pack has {} bytes, more than 8 MB", bytes));
  return bytes;
}

} // namespace golden
