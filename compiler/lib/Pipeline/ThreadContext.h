// The MLIR context of a thread, and modules parsed into it.

#ifndef TILEWRIGHT_LIB_PIPELINE_THREADCONTEXT_H
#define TILEWRIGHT_LIB_PIPELINE_THREADCONTEXT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string_view>

namespace tilewright {

/// The context of this thread, with all dialects of the pipeline loaded once.
mlir::MLIRContext &threadContext();

/// Parses a module into the context; null where it is wrong, with diagnostics that call the text `fileName`.
mlir::OwningOpRef<mlir::ModuleOp> parseModule(mlir::MLIRContext &context, std::string_view text,
                                              std::string_view fileName);

} // namespace tilewright

#endif
