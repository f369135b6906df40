// The block shape as the planner's choice: values for the members of a kernel that nobody has fixed.

#ifndef TILEWRIGHT_COMPILER_CHOOSE_MEMBERS_H
#define TILEWRIGHT_COMPILER_CHOOSE_MEMBERS_H

#include "tilewright/compiler/compile.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tilewright {

/// Traces the kernel with these values of its open members, in order; nothing where the kernel refuses them.
using Retrace = std::function<std::optional<std::string>(const std::vector<int64_t> &values)>;

/// Chooses values for the open members of a kernel, whole numbers that may become others. `values` are those it has.
///
/// Only the members that give a product its extents are changed: those whose double doubles one or several of M, N and
/// K and leaves the rest of the trace as it is. They get the power-of-two multiple of their value with the least
/// predicted time (ProductModel.h), if it is at least 5 % less than that of `values` and the planner takes the kernel
/// with it. Without exactly one product, or where the trace is no valid module, `values` come back. Sizes that only a
/// launch knows count as 4096.
std::vector<int64_t> chooseMembers(std::vector<int64_t> values, const Retrace &retrace, const CompileOptions &options);

} // namespace tilewright

#endif // TILEWRIGHT_COMPILER_CHOOSE_MEMBERS_H
