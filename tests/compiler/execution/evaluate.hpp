// Evaluates a traced kernel directly, on the runtime's tensors.
#pragma once

#include "tilewright/runtime/tensor.hpp"

#include <string>
#include <vector>

namespace execution {

/// Runs `kernel` of `module` by the plain evaluator, which writes into the tensors of `arguments`; every value between
/// loads, casts and stores is a double. The evaluator's message, or empty where it found nothing wrong.
std::string evaluate(const std::string &module, const std::string &kernel,
                     std::vector<tw::rt::HostArgument> &arguments);

} // namespace execution
