// The products of a kernel: which one decides the plan, and which instruction can compute it.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_PRODUCTS_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_PRODUCTS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"

namespace tilewright::sched {

/// The product that decides: the largest of the kernel, or null.
tile::DotOp mainDot(tile::KernelOp kernel);

/// Whether the kernel computes functions, or divides, on tiles of the shape of the product's result.
bool hasMathsOnResult(tile::KernelOp kernel, tile::DotOp dot);

/// Whether the loop around a product multiplies tiles of its shape: then it scales what it adds up.
bool isScaledInLoop(tile::DotOp dot);

/// The element type of an operand of a product, a tile or a buffer.
mlir::Type elementTypeOf(mlir::Value operand);

/// Whether the target has the instruction for these operands and the tiles are made of whole ones. FMAs always fit.
bool isLegal(tile::DotOp dot, Atom atom, const TargetInfo &target);

/// The fastest legal atom of one warp; wgmma is chosen for whole kernels, see AsyncLoads.h.
Atom chooseAtom(tile::DotOp dot, const TargetInfo &target);

/// The wgmma whose types and operand order are the product's, whatever its extents; or null.
const WgmmaAtom *findWgmma(tile::DotOp dot, const TargetInfo &target);

/// FLOP per clock and multiprocessor that the target has for the product with this atom.
double flopPerClock(tile::DotOp dot, Atom atom, const TargetInfo &target);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_PRODUCTS_H
