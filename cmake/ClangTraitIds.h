// Gives traits of operations the same identity in code made by GCC as in MLIR's shared library, which Clang made.
//
// MLIR identifies a trait across shared libraries by the name of `Trait<Empty>`, where `Empty` is a struct local to
// TypeID::get. Clang prints that name as `mlir::OpTrait::IsTerminator<Empty>`, GCC as
// `mlir::OpTrait::IsTerminator<mlir::TypeID::get<mlir::OpTrait::IsTerminator>()::Empty>`. Without this header a
// GCC-made terminator is no terminator to the library. It is force-included in every file that uses MLIR.
#ifndef TILEWRIGHT_CMAKE_CLANGTRAITIDS_H
#define TILEWRIGHT_CMAKE_CLANGTRAITIDS_H

#if defined(__GNUC__) && !defined(__clang__)

#include "mlir/Support/TypeID.h"

#include <string>

namespace tilewright::detail {

/// True for the struct `Empty` that is local to TypeID::get.
template <typename T>
constexpr bool isTraitPlaceholder() {
  std::string_view name = llvm::getTypeName<T>();
  return name.starts_with("mlir::TypeID::get<") && name.ends_with("::Empty");
}

} // namespace tilewright::detail

namespace mlir::detail {

template <template <typename> class Trait, typename Placeholder>
class TypeIDResolver<Trait<Placeholder>, std::enable_if_t<tilewright::detail::isTraitPlaceholder<Placeholder>()>>
    : public FallbackTypeIDResolver {
public:
  static TypeID resolveTypeID() {
    static TypeID id = registerImplicitTypeID(clangName());
    return id;
  }

private:
  /// The registry copies no names, so the text lives as long as the program.
  static llvm::StringRef clangName() {
    static const std::string name = [] {
      std::string_view gcc = llvm::getTypeName<Trait<Placeholder>>();
      return std::string(gcc.substr(0, gcc.find("<mlir::TypeID::get<"))) + "<Empty>";
    }();
    return name;
  }
};

} // namespace mlir::detail

#endif

#endif // TILEWRIGHT_CMAKE_CLANGTRAITIDS_H
