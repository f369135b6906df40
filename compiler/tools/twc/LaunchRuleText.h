// Launch rules for people: conditions and sizes as formulas over the arguments' names.

#ifndef TILEWRIGHT_TOOLS_TWC_LAUNCHRULETEXT_H
#define TILEWRIGHT_TOOLS_TWC_LAUNCHRULETEXT_H

#include "tilewright/runtime/launch_rule.hpp"

#include <string>

namespace tilewright::twc {

/// An expression as a formula, such as `ceildiv(c.size(0), 128) * 4`.
std::string formulaOf(const tw::rt::Expression &expression, const tw::rt::LaunchRule &rule);

/// A rule as lines, each ended by a new line: arguments, then per variant its conditions and steps.
std::string textOf(const tw::rt::LaunchRule &rule);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_LAUNCHRULETEXT_H
