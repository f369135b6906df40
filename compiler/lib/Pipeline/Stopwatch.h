// Measures the stages of a compile.

#ifndef TILEWRIGHT_LIB_PIPELINE_STOPWATCH_H
#define TILEWRIGHT_LIB_PIPELINE_STOPWATCH_H

#include <chrono>

namespace tilewright {

/// Measures a stage in milliseconds.
class Stopwatch {
public:
  /// The time since the last call, or since the start.
  double lap() {
    auto now = std::chrono::steady_clock::now();
    double milliseconds = std::chrono::duration<double, std::milli>(now - start).count();
    start = now;
    return milliseconds;
  }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

} // namespace tilewright

#endif
