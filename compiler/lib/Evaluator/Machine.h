// The state of one evaluation, and the table of operations that act on it.

#ifndef TILEWRIGHT_LIB_EVALUATOR_MACHINE_H
#define TILEWRIGHT_LIB_EVALUATOR_MACHINE_H

#include "tilewright/Dialect/Tile/IR/Tile.h"
#include "tilewright/Evaluator/Evaluator.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <memory>

namespace tilewright::evaluator {

/// A tile or, with rank 0, a scalar. One of the two arrays is in use, row major: integers in the form of `wrap`.
struct Tile {
  Element element = Element::F64;
  llvm::SmallVector<int64_t, 5> shape;
  std::vector<double> floats;
  std::vector<int64_t> integers;

  Tile() = default;
  /// All elements zero.
  Tile(Element element, llvm::ArrayRef<int64_t> shape);

  int64_t size() const;
  unsigned width() const { return integerWidth(element); }
  /// The array of a type: `floats` for double, `integers` for int64_t.
  template <class Number> auto &array() {
    if constexpr (std::is_same_v<Number, double>)
      return floats;
    else
      return integers;
  }
  template <class Number> const auto &array() const { return const_cast<Tile *>(this)->array<Number>(); }
};
using TileRef = std::shared_ptr<const Tile>;

/// A buffer or a slot; no contents before the first write.
struct Storage {
  TileRef contents;
  mlir::Operation *declaration = nullptr;
};

/// The element of a tile or scalar of this MLIR type, if the evaluator has it.
std::optional<Element> elementOf(mlir::Type type);

class Machine {
public:
  explicit Machine(const EvaluateOptions &options) : options(options) {}

  const EvaluateOptions options;

  TileRef get(mlir::Value value) const { return cells.find(value)->second.tile; }
  /// The value of an index, or of a scalar integer.
  int64_t getInteger(mlir::Value value) const { return get(value)->integers[0]; }
  Storage &getStorage(mlir::Value value) const { return *cells.find(value)->second.storage; }
  const GlobalArray &getGlobal(mlir::Value value) const { return *cells.find(value)->second.global; }

  void set(mlir::Value value, TileRef tile) { cells[value].tile = std::move(tile); }
  void setInteger(mlir::Value value, int64_t integer);
  void setGlobal(mlir::Value value, const GlobalArray &global) { cells[value].global = &global; }
  /// A fresh buffer or slot.
  Storage &declare(mlir::Value value);

  /// A zero tile of the type of a value; fails on a type that the evaluator does not have.
  mlir::FailureOr<std::shared_ptr<Tile>> makeTile(mlir::Value value);
  /// Makes a tile the result of an operation, rounded if the policy says so.
  llvm::LogicalResult finish(mlir::Operation *op, std::shared_ptr<Tile> tile);

  /// Runs the operations of a block except its terminator.
  llvm::LogicalResult run(mlir::Block &block);
  /// Copies the values of a terminator's operands to other values, all at once.
  void assign(mlir::ValueRange from, mlir::ValueRange to);

  /// The contents of a buffer, or the tile itself; fails on a buffer that was not written.
  mlir::FailureOr<TileRef> readOperand(mlir::Operation *op, mlir::Value value);

private:
  struct Cell {
    TileRef tile;
    std::shared_ptr<Storage> storage;
    const GlobalArray *global = nullptr;
  };
  llvm::DenseMap<mlir::Value, Cell> cells;
};

using Handler = llvm::LogicalResult (*)(Machine &, mlir::Operation *);
using HandlerTable = llvm::StringMap<Handler>;

// Each family enters its operations.
void addStructureOps(HandlerTable &table);
void addMemoryOps(HandlerTable &table);
void addComputeOps(HandlerTable &table);
void addConversionOps(HandlerTable &table);
void addArithOps(HandlerTable &table);
void addMathOps(HandlerTable &table);

} // namespace tilewright::evaluator

#endif // TILEWRIGHT_LIB_EVALUATOR_MACHINE_H
