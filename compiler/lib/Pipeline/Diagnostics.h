// Collects what MLIR reports, as text for people.

#ifndef TILEWRIGHT_LIB_PIPELINE_DIAGNOSTICS_H
#define TILEWRIGHT_LIB_PIPELINE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <string>
#include <vector>

namespace tilewright {

/// While it lives, diagnostics of the context are kept here instead of printed: `file:line:column: error: what`, notes
/// below, indented.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext &context);

  /// All errors so far, one after the other.
  std::string errors() const { return errorText; }
  const std::vector<std::string> &remarks() const { return remarkTexts; }

private:
  void add(mlir::Diagnostic &diagnostic);

  std::string errorText;
  std::vector<std::string> remarkTexts;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace tilewright

#endif
