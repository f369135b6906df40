// Lowers numbers of tiles to places in the grid, in the order of the schedule.

#include "Emitter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tilewright;

namespace {

/// Unsigned arithmetic on positions.
class Positions {
public:
  explicit Positions(Emitter &e) : e(e) {}

  Value divide(Value a, Value b) { return LLVM::UDivOp::create(e.builder, e.loc, a, b); }
  Value remainder(Value a, Value b) { return LLVM::URemOp::create(e.builder, e.loc, a, b); }
  Value multiply(Value a, Value b) { return LLVM::MulOp::create(e.builder, e.loc, a, b); }
  Value subtract(Value a, Value b) { return LLVM::SubOp::create(e.builder, e.loc, a, b); }
  Value minimum(Value a, Value b) { return LLVM::UMinOp::create(e.builder, e.loc, a, b); }
  Value select(Value condition, Value a, Value b) { return LLVM::SelectOp::create(e.builder, e.loc, condition, a, b); }
  Value isLess(Value a, Value b) { return LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::ult, a, b); }
  Value both(Value a, Value b) { return LLVM::AndOp::create(e.builder, e.loc, a, b); }
  Value isSet(Value word, int64_t bit) {
    Value masked = both(word, e.i32(int64_t(1) << bit));
    return LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::ne, masked, e.i32(0));
  }

private:
  Emitter &e;
};

struct Place {
  Value row, column;
};

/// Point `number` of Hilbert's curve through a square of 2^levels, which begins in its first column and ends in the
/// last one, both in row 0 (Warren, Hacker's Delight, 2nd edition, 16-1).
Place onCurve(Emitter &e, Value number, int64_t levels) {
  Positions at(e);
  Value x = e.i32(0), y = e.i32(0);
  for (int64_t level = 0; level < levels; ++level) {
    int64_t side = int64_t(1) << level;
    // Two bits of the number say which quarter: 0 (0, 0), 1 (0, 1), 2 (1, 1), 3 (1, 0) as x, y.
    Value right = at.isSet(number, 2 * level + 1), low = at.isSet(number, 2 * level);
    Value down = LLVM::XOrOp::create(e.builder, e.loc, right, low);
    // The first quarter is turned about its diagonal, the last one about the other.
    Value last = e.i32(side - 1);
    Value turnedX = at.select(right, at.subtract(last, x), x), turnedY = at.select(right, at.subtract(last, y), y);
    Value newX = at.select(down, x, turnedY), newY = at.select(down, y, turnedX);
    x = e.add(newX, at.select(right, e.i32(side), e.i32(0)));
    y = e.add(newY, at.select(down, e.i32(side), e.i32(0)));
  }
  return {y, x};
}

/// The place of tile `number` in a grid of `rows` x `columns`: in groups of `height` rows, column by column, or along
/// curves through the squares that a whole group is made of.
Place inGroups(Emitter &e, Value number, Value rows, Value columns, int64_t height, bool curved) {
  Positions at(e);
  Value group = e.i32(height), perGroup = at.multiply(columns, group);
  Value firstRow = at.multiply(at.divide(number, perGroup), group);
  Value own = at.minimum(at.subtract(rows, firstRow), group), within = at.remainder(number, perGroup);
  Place place{e.add(firstRow, at.remainder(within, own)), at.divide(within, own)};
  if (!curved) return place;
  int64_t perSquare = height * height;
  Value square = at.divide(within, e.i32(perSquare));
  Value inSquares = at.multiply(at.divide(columns, group), e.i32(perSquare));
  Value isWhole = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq, own, group);
  Value onIt = at.both(isWhole, at.isLess(within, inSquares));
  Place point = onCurve(e, at.remainder(within, e.i32(perSquare)), llvm::Log2_64(static_cast<uint64_t>(height)));
  return {at.select(onIt, e.add(firstRow, point.row), place.row),
          at.select(onIt, e.add(at.multiply(square, group), point.column), place.column)};
}

} // namespace

/// The grid is launched in one dimension. Two-dimensional grids run in groups of rows, so that blocks that run together
/// share operands in L2.
void Emitter::bindTile(Value number, ValueRange extents, ValueRange indices) {
  Positions at(*this);
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  Value rest = number;
  if (schedule.getReversed()) {
    Value count = scalar(extents.front());
    for (Value extent : extents.drop_front()) count = at.multiply(count, scalar(extent));
    rest = at.subtract(at.subtract(count, i32(1)), number);
  }
  size_t axis = extents.size();
  for (; axis > 2; --axis) {
    bind(indices[axis - 1], at.remainder(rest, scalar(extents[axis - 1])));
    rest = at.divide(rest, scalar(extents[axis - 1]));
  }
  if (axis == 1) return bind(indices[0], rest);
  // Where clusters stand across rows, each row of clusters is several of tiles.
  int64_t rowsOfCluster = schedule.getClusterAxis() == 0 ? schedule.getCluster() : 1;
  int64_t groupRows = schedule.getRasterGroup() / rowsOfCluster;
  Value rows = scalar(extents[0]), columns = scalar(extents[1]);
  Place place{};
  if (groupRows <= 1)
    place = {at.divide(rest, columns), at.remainder(rest, columns)};
  else
    place = inGroups(*this, rest, rows, columns, groupRows, schedule.getOrder() == sched::Order::Hilbert);
  bind(indices[0], place.row);
  bind(indices[1], place.column);
}
