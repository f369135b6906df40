// Collects what MLIR reports, as text for people.

#include "Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/Twine.h"

using namespace mlir;
using namespace tilewright;

/// `file:line:column`, or nothing for a location without a file.
static std::string placeOf(Location loc) {
  std::string place;
  loc->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file) return WalkResult::advance();
    place = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
    return WalkResult::interrupt();
  });
  return place;
}

DiagnosticCollector::DiagnosticCollector(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        add(diagnostic);
        return success();
      }) {}

void DiagnosticCollector::add(Diagnostic &diagnostic) {
  bool isError = diagnostic.getSeverity() == DiagnosticSeverity::Error;
  std::string place = placeOf(diagnostic.getLocation());
  std::string text = (place.empty() ? "" : place + ": ") + (isError ? "error: " : "remark: ") + diagnostic.str();
  for (Diagnostic &note : diagnostic.getNotes()) {
    std::string line = note.str(), notePlace = placeOf(note.getLocation());
    // Operations as MLIR prints them say nothing to the author of a kernel.
    if (line.starts_with("see current operation")) continue;
    bool isFix = line.starts_with("fix:");
    text += "\n  " + line + (isFix || notePlace.empty() || notePlace == place ? "" : ", at " + notePlace);
  }
  // Both variants of a kernel report what is wrong with it.
  if (isError && errorText.find(text) != std::string::npos) return;
  if (isError)
    errorText += (errorText.empty() ? "" : "\n") + text;
  else
    remarkTexts.push_back(std::move(text));
}
