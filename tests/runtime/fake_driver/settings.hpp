// How tests steer the fake driver: words of one environment variable, read again at every call.
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>

namespace fake_driver {

/// Words of `TILEWRIGHT_FAKE_DRIVER`, separated by blanks:
/// `sm=80` the compute capability; `memory=BYTES` what the device has; `cubin` modules given as cubin are taken and
/// their launches only recorded (otherwise they answer "no kernel image", and the PTX is executed);
/// `fail=FUNCTION:CODE` that entry point returns that CUresult.
struct Settings {
  int sm = 80;
  std::size_t memory = std::size_t{1} << 30;
  bool takes_cubin = false;
  std::string failing;
  int failure = 0;
};

inline Settings settings() {
  Settings s;
  const char *text = std::getenv("TILEWRIGHT_FAKE_DRIVER");
  std::istringstream words(text ? text : "");
  for (std::string word; words >> word;) {
    const std::string value = word.substr(word.find('=') + 1);
    if (word.rfind("sm=", 0) == 0) s.sm = std::stoi(value);
    if (word.rfind("memory=", 0) == 0) s.memory = std::stoull(value);
    if (word == "cubin") s.takes_cubin = true;
    if (word.rfind("fail=", 0) == 0) {
      s.failing = value.substr(0, value.find(':'));
      s.failure = std::stoi(value.substr(value.find(':') + 1));
    }
  }
  return s;
}

} // namespace fake_driver
