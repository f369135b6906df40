// Traits cross the border between our code and the MLIR library (see docs/decisions/0001-clang-trait-ids.md).

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/Parser/Parser.h"

#include <catch2/catch.hpp>

using namespace mlir;

TEST_CASE("builtin.module, made in the library, is a symbol table to our code") {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  CHECK(module->getOperation()->hasTrait<OpTrait::SymbolTable>());
}

TEST_CASE("tile.return and tile.yield, made in our code, are terminators to the library") {
  DialectRegistry registry;
  registry.insert<tilewright::tile::TileDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  // The library's verifier and parser ask for the trait; a block that ends with a non-terminator does not verify.
  auto module = parseSourceString<ModuleOp>(R"(
    tile.kernel @k(%n: i32) {
      %c = arith.constant 1 : index
      tile.blocks (%i) in (%c) {
      }
      tile.return
    })",
                                            &context);
  REQUIRE(module);
  module->walk([](tilewright::tile::KernelOp kernel) {
    Block &body = kernel.getBody().front();
    CHECK(body.mightHaveTerminator());
    CHECK(body.back().hasTrait<OpTrait::IsTerminator>());
    CHECK(kernel.getBlocks().getBody().front().back().hasTrait<OpTrait::IsTerminator>());
  });
  // Symbol lookup goes through the library's symbol table.
  CHECK(module->lookupSymbol("k") != nullptr);
}
