// Proves that the roles of a kernel keep the protocol of their pipes, or says where they break it.

#include "PipeProtocol.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_CHECKPROTOCOL
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

struct CheckProtocol : impl::CheckProtocolBase<CheckProtocol> {
  void runOnOperation() override {
    getOperation().walk([&](RolesOp roles) {
      for (auto *check : {checkCluster, checkDealing, compareOrder, checkFilling, checkReading})
        if (auto finding = check(roles)) return report(*finding, "a pipe");
    });
    if (auto finding = checkStores(getOperation())) report(*finding, "stores by TMA");
  }

private:
  void report(const ProtocolFinding &finding, StringRef protocolOf) {
    auto diagnostic = finding.op->emitError()
                      << (finding.proved ? "breaks the protocol of " : "is not proved to keep the protocol of ")
                      << protocolOf << ": " << finding.what;
    if (finding.other) diagnostic.attachNote(finding.other->getLoc()) << finding.note;
    diagnostic.attachNote() << "fix: if the compiler made this code, report it with the kernel's tile text";
    diagnostic.report();
    signalPassFailure();
  }
};

} // namespace
} // namespace tilewright::sched
