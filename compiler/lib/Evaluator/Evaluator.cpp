// The entry of the evaluator: arguments are checked, the kernel runs, diagnostics become the answer.

#include "Machine.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tilewright::evaluator {

GlobalArray GlobalArray::rowMajor(Element element, std::vector<int64_t> sizes, std::span<uint8_t> bytes) {
  std::vector<int64_t> strides(sizes.size());
  int64_t stride = 1;
  for (size_t axis = sizes.size(); axis-- > 0; stride *= sizes[axis]) strides[axis] = stride;
  return {element, std::move(sizes), std::move(strides), bytes};
}

namespace {

/// Collects the errors and notes that are emitted while it lives, without a print of the operation.
class DiagnosticText {
public:
  explicit DiagnosticText(MLIRContext *context)
      : handler(context,
                [this](Diagnostic &diagnostic) {
                  append(diagnostic);
                  for (Diagnostic &note : diagnostic.getNotes()) append(note);
                }),
        context(context), printedOps(context->shouldPrintOpOnDiagnostic()) {
    context->printOpOnDiagnostic(false);
  }
  ~DiagnosticText() { context->printOpOnDiagnostic(printedOps); }
  DiagnosticText(const DiagnosticText &) = delete;

  const std::string &get() const { return text; }

private:
  void append(Diagnostic &diagnostic) {
    llvm::raw_string_ostream out(text);
    if (!text.empty()) out << "\n";
    if (auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      out << file.getFilename().getValue() << ":" << file.getLine() << ":" << file.getColumn() << ": ";
    out << (diagnostic.getSeverity() == DiagnosticSeverity::Note ? "note: " : "error: ") << diagnostic;
  }

  std::string text;
  ScopedDiagnosticHandler handler;
  MLIRContext *context;
  bool printedOps;
};

LogicalResult bindGlobal(Machine &machine, tile::KernelOp kernel, unsigned index, const GlobalArray &global) {
  BlockArgument parameter = kernel.getBody().getArgument(index);
  auto error = [&]() { return kernel.emitError() << "argument " << kernel.getArgName(index) << ": "; };
  auto type = dyn_cast<tile::GlobalType>(parameter.getType());
  if (!type) return error() << "the parameter is a scalar of type " << parameter.getType() << ", not a tensor";
  if (elementOf(type.getElementType()) != global.element)
    return error() << "the parameter has elements of type " << type.getElementType() << ", the tensor of type "
                   << nameOf(global.element);
  const auto rank = static_cast<size_t>(type.getRank());
  if (global.sizes.size() != rank || global.strides.size() != rank)
    return error() << "the parameter has rank " << rank << ", the tensor " << global.sizes.size() << " sizes and "
                   << global.strides.size() << " strides";
  int64_t last = 0;
  bool isEmpty = false;
  for (size_t dim = 0; dim < rank; ++dim) {
    const int64_t size = global.sizes[dim], stride = global.strides[dim];
    if (size < 0 || stride < 0) return error() << "size " << size << " and stride " << stride << ": one is negative";
    if (int64_t expected = type.getShape()[dim]; !ShapedType::isDynamic(expected) && expected != size)
      return error() << "the parameter's extent " << dim << " is " << expected << ", the tensor's " << size;
    // The stride of an axis with one element or none is never used.
    if (int64_t expected = type.getStrides()[dim]; !ShapedType::isDynamic(expected) && size > 1 && expected != stride)
      return error() << "the parameter's stride " << dim << " is " << expected << ", the tensor's " << stride;
    isEmpty |= size == 0;
    last += (size - 1) * stride;
  }
  const int64_t needed = isEmpty ? 0 : (last + 1) * bytesOf(global.element);
  if (static_cast<int64_t>(global.bytes.size()) < needed)
    return error() << "the tensor spans " << needed << " bytes, but " << global.bytes.size() << " are given";
  machine.setGlobal(parameter, global);
  return success();
}

LogicalResult bindScalar(Machine &machine, tile::KernelOp kernel, unsigned index, const Argument &argument) {
  BlockArgument parameter = kernel.getBody().getArgument(index);
  auto error = [&]() { return kernel.emitError() << "argument " << kernel.getArgName(index) << ": "; };
  if (isa<tile::GlobalType>(parameter.getType()))
    return error() << "the parameter is a tensor " << parameter.getType() << ", not a scalar";
  auto value = machine.makeTile(parameter);
  if (failed(value)) return failure();
  const bool isFloatParameter = isFloat((*value)->element), isFloatArgument = std::holds_alternative<double>(argument);
  if (isFloatParameter != isFloatArgument)
    return error() << "the parameter has type " << parameter.getType() << ", the argument is "
                   << (isFloatArgument ? "a float" : "an integer");
  if (isFloatArgument)
    (*value)->floats[0] = roundFloat((*value)->element, std::get<double>(argument));
  else
    (*value)->integers[0] = wrap(std::get<int64_t>(argument), (*value)->width());
  machine.set(parameter, std::move(*value));
  return success();
}

LogicalResult runKernel(tile::KernelOp kernel, ArrayRef<Argument> arguments, const EvaluateOptions &options) {
  if (arguments.size() != kernel.getArgumentTypes().size())
    return kernel.emitError() << "the kernel has " << kernel.getArgumentTypes().size() << " parameters, but "
                              << arguments.size() << " arguments are given";
  Machine machine(options);
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    auto *global = std::get_if<GlobalArray>(&argument);
    if (failed(global ? bindGlobal(machine, kernel, index, *global) : bindScalar(machine, kernel, index, argument)))
      return failure();
  }
  return machine.run(kernel.getBody().front());
}

} // namespace

EvaluateResult evaluate(tile::KernelOp kernel, ArrayRef<Argument> arguments, const EvaluateOptions &options) {
  DiagnosticText diagnostics(kernel.getContext());
  if (succeeded(runKernel(kernel, arguments, options))) return EvaluateResult::success();
  return EvaluateResult::failure(diagnostics.get());
}

EvaluateResult parseAndEvaluate(StringRef text, StringRef kernelName, ArrayRef<Argument> arguments,
                                const EvaluateOptions &options) {
  DialectRegistry registry;
  registry.insert<tile::TileDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  DiagnosticText diagnostics(&context);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context, "module");
  if (!module) return EvaluateResult::failure(diagnostics.get());
  auto kernel = module->lookupSymbol<tile::KernelOp>(kernelName);
  if (!kernel) return EvaluateResult::failure(("error: the module has no kernel '" + kernelName + "'").str());
  return evaluate(kernel, arguments, options);
}

} // namespace tilewright::evaluator
