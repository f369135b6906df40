// Checks of a call's arguments against what a rule expects of them.
#pragma once

#include <span>
#include <string_view>

#include "tilewright/runtime/launch.hpp"

namespace tw::rt {

/// Count, kind, type, rank, static sizes and strides, sizes up to 2^31-1, addresses aligned to the element.
Status check_arguments(const LaunchRule &rule, std::span<const LaunchArgument> arguments, std::string_view kernel);
/// What expressions read of an argument; refers to it.
ArgumentFacts facts_of(const LaunchArgument &argument);
/// Bytes from the first element of a tensor to the end of its last.
std::uint64_t span_bytes(const DeviceTensor &tensor);

} // namespace tw::rt
