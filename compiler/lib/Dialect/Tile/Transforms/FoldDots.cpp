// Folds sums and transposes around products into the products.
//
//   %d = tile.dot %a, %t, %zero     (%t = transpose of %b)
//   %s = arith.addf %acc, %d                                 ->   %s = tile.dot %a, %b, %acc {transpose_b}

#include "tilewright/Dialect/Tile/Transforms/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace tilewright::tile {
#define GEN_PASS_DEF_FOLDDOTS
#include "tilewright/Dialect/Tile/Transforms/Passes.h.inc"

namespace {

bool isZero(Value value) { return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero()); }

/// acc + (a * b + 0)  ->  a * b + acc. The order of a dot's sum is unspecified, so this is no change of meaning.
template <typename AddOp> struct FoldSum : OpRewritePattern<AddOp> {
  using OpRewritePattern<AddOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp add, PatternRewriter &rewriter) const override {
    for (auto [product, other] : {std::pair(add.getRhs(), add.getLhs()), std::pair(add.getLhs(), add.getRhs())}) {
      auto dot = product.template getDefiningOp<DotOp>();
      if (!dot || !dot->hasOneUse() || !isZero(dot.getAccumulator()) || dot->getBlock() != add->getBlock()) continue;
      // Buffers may be written between the product and the sum: such a product stays where it is.
      if (isa<BufferType>(dot.getA().getType()) || isa<BufferType>(dot.getB().getType())) {
        Operation *definition = other.getDefiningOp();
        if (definition && definition->getBlock() == dot->getBlock() && dot->isBeforeInBlock(definition)) continue;
        rewriter.setInsertionPoint(dot);
      }
      auto fused = cast<DotOp>(rewriter.clone(*dot.getOperation()));
      fused.getAccumulatorMutable().assign(other);
      rewriter.replaceOp(add, fused.getResult());
      rewriter.eraseOp(dot);
      return success();
    }
    return failure();
  }
};

struct FoldTranspose : OpRewritePattern<DotOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DotOp dot, PatternRewriter &rewriter) const override {
    auto exchanged = [](Value operand) {
      auto transpose = operand.getDefiningOp<TransposeOp>();
      return transpose && transpose.getPermutation() == ArrayRef<int64_t>({1, 0}) ? transpose : TransposeOp();
    };
    TransposeOp a = exchanged(dot.getA()), b = exchanged(dot.getB());
    if (!a && !b) return failure();
    rewriter.modifyOpInPlace(dot, [&] {
      if (a) dot.getAMutable().assign(a.getSource()), dot.setTransposeA(!dot.getTransposeA());
      if (b) dot.getBMutable().assign(b.getSource()), dot.setTransposeB(!dot.getTransposeB());
    });
    return success();
  }
};

struct FoldDots : impl::FoldDotsBase<FoldDots> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldSum<arith::AddFOp>, FoldSum<arith::AddIOp>, FoldTranspose>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) signalPassFailure();
  }
};

} // namespace
} // namespace tilewright::tile
