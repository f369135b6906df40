// The shape of fault messages: where, what, why, fix.
#include "tilewright/runtime/error.hpp"

namespace tw::rt {

int Fault::exit_code() const {
  switch (fault_class) {
  case FaultClass::user: return 1;
  case FaultClass::usage: return 2;
  case FaultClass::internal: return 3;
  case FaultClass::unsupported: return 4;
  }
  return 3;
}

Fault make_fault(FaultClass fault_class, std::string code, FaultText text) {
  std::string message;
  if (!text.where.empty()) message = text.where + ": ";
  message += "error: " + text.what;
  if (!text.why.empty()) message += "\n  " + text.why;
  if (!text.fix.empty()) message += "\n  fix: " + text.fix;
  return {fault_class, std::move(code), std::move(message)};
}

} // namespace tw::rt
