// What the tests of twc share: running it, files, arguments.
#pragma once

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>

#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/npy.hpp"

namespace tilewright::twc::test {

namespace rt = tw::rt;

/// What a run of a tool left: its exit code and its output.
struct Ran {
  int code;
  std::string text;
};

/// Runs twc with words of a shell; `streams` says what becomes of standard error, `before` goes in front of the
/// command.
inline Ran twc(const std::string &words, const std::string &streams = "2>&1", const std::string &before = "") {
  FILE *pipe = ::popen((before + " " TWC_PATH " " + words + " " + streams).c_str(), "r");
  REQUIRE(pipe);
  Ran ran{0, {}};
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ran.text.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  REQUIRE(WIFEXITED(status));
  ran.code = WEXITSTATUS(status);
  return ran;
}

/// Runs twc and checks the exit code and a part of its output.
inline void expect(const std::string &words, int code, const std::string &text, const std::string &before = "") {
  const Ran ran = twc(words, "2>&1", before);
  INFO(before << " twc " << words << "\n" << ran.text);
  CHECK(ran.code == code);
  CHECK(ran.text.find(text) != std::string::npos);
}

/// A folder that is removed at the end of the scope.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tilewright-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string &name) const { return (path / name).string(); }
  /// Writes a file and gives its path.
  std::string write(const std::string &name, const std::string &text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return file(name);
  }
  /// The number of entries.
  int count() const { return static_cast<int>(std::distance(std::filesystem::directory_iterator(path), {})); }
};

inline std::string read(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline const std::string inputs = TWC_INPUTS;
inline const std::string matmul = inputs + "/matmul.mlir";

/// The tensor of a spec.
inline rt::HostTensor tensor(const std::string &spec) {
  return std::get<rt::HostTensor>(rt::make_argument(spec).value());
}

/// a * b, in double, as type `type`.
inline rt::HostTensor product(const rt::HostTensor &a, const rt::HostTensor &b, rt::ElementType type) {
  const std::int64_t m = a.shape()[0], k = a.shape()[1], n = b.shape()[1];
  rt::HostTensor c = rt::HostTensor::zeros(type, {m, n}).value();
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t x = 0; x < k; ++x) sum += a.at(i * k + x) * b.at(x * n + j);
      c.set(i * n + j, sum);
    }
  return c;
}

} // namespace tilewright::twc::test
