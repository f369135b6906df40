// The addresses at which a thread accesses a tile in shared memory.

#ifndef TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_SHAREDACCESS_H
#define TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_SHAREDACCESS_H

#include "Emitter.h"

#include <map>

namespace tilewright {

/// Addresses of the accesses of a plan: one base per distinct XOR constant, the rest are immediate offsets.
class PlanAddresses {
public:
  /// `slot` is the offset in bytes of the tile from the start of shared memory.
  PlanAddresses(Emitter &e, const layout::ThreadOffsets &thread, mlir::Value slot, int64_t elementBytes);

  /// The address of the access with this constant.
  mlir::Value at(layout::Offset constant);

private:
  Emitter &e;
  mlir::Value slot, xorPart, addPart;
  int64_t elementBytes;
  std::map<uint32_t, mlir::Value> bases;
};

/// Reads the elements of one access of a plan.
Registers readAccess(Emitter &e, const layout::AccessPlan &plan, PlanAddresses &addresses, int access,
                     mlir::Type elementType);

} // namespace tilewright

#endif
