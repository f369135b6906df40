// The standard headers that the language includes, for the share they have in the time of a check.

#include <array>
#include <concepts>
#include <source_location>
#include <string>
#include <utility>
#include <vector>
