// What tests of the PTX back end share: parsing a module, emitting, assembling where an assembler exists.
#pragma once

#include "tilewright/Target/Nvptx/Assemble.h"
#include "tilewright/Target/Nvptx/EmitPtx.h"

#include <string>
#include <string_view>

namespace tilewright::test {

/// The target called `name`; the test fails when there is none.
const TargetInfo &target(std::string_view name);

/// Parses `mlirText` in a fresh context and emits PTX; the test fails when it does not parse.
Result<EmittedPtx> emitText(std::string_view mlirText, std::string_view targetName, const EmitOptions &options = {});

/// The same, for text that must work.
EmittedPtx mustEmit(std::string_view mlirText, std::string_view targetName, const EmitOptions &options = {});

/// The assembler of this machine, or null after a visible notice that the rest of the test is skipped.
const Assembler *assemblerOrSkip();

/// Assembles when this machine has an assembler; the test fails when it rejects.
void mustAssemble(const EmittedPtx &ptx, std::string_view targetName);

} // namespace tilewright::test
