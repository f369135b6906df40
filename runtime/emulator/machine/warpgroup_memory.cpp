// The shared-memory side of wgmma: checks of the operands' bytes, and the product when it lands.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "machine/execution.hpp"
#include "machine/warpgroup_state.hpp"
#include "ops/wgmma_descriptor.hpp"
#include "ops/wgmma_math.hpp"

namespace tw::emu {
namespace {

using emulator::WgmmaForm;

constexpr uint32_t kPiece = 16;

std::vector<uint32_t> piecesOf(const WgmmaForm &form, bool isA, uint64_t descriptor) {
  emulator::WgmmaOperandShape shape;
  int bits = emulator::element_bits(isA ? form.a : form.b);
  shape.mn = isA ? 64 : form.n;
  shape.k_bytes = (isA ? emulator::wgmma_a_depth(form) : form.k) * bits / 8;
  shape.element_bytes = std::max(1, bits / 8);
  shape.mn_major = isA ? form.a_mn_major : form.b_mn_major;
  return emulator::wgmma_operand_pieces(emulator::decode_wgmma_descriptor(descriptor), shape);
}

std::vector<uint8_t> gather(const Cta &cta, const std::vector<uint32_t> &pieces) {
  std::vector<uint8_t> bytes(pieces.size() * kPiece);
  for (size_t i = 0; i < pieces.size(); ++i)
    std::memcpy(bytes.data() + i * kPiece, cta.shared.data() + pieces[i], kPiece);
  return bytes;
}

} // namespace

void WarpgroupTable::checkMetadata(const WgmmaForm &form, const Part &part, Warp &warp, const Instruction &in) {
  emulator::WgmmaValues scratch;
  std::optional<int> lane = emulator::wgmma_place_sparse(form, part.metadata, scratch);
  if (!lane) return;
  bool single = form.a == emulator::MatrixElement::tf32;
  execution.report(FindingKind::Misuse, "wgmma.metadata", in, warp, static_cast<uint32_t>(*lane),
                   fmt::format("sparsity metadata 0x{:08x} of lane {} holds four bits that {}",
                               part.metadata[static_cast<size_t>(*lane)], *lane,
                               single ? "are neither 0b0100 nor 0b1110" : "name one element of the chunk twice"),
                   "give two different indices for each chunk of four elements, 0b0100 or 0b1110 for .tf32",
                   "9.7.15.6.1");
  throw LaunchAbort{};
}

void WarpgroupTable::checkMemory(const Operation &op, Warp &warp) {
  auto operand = [&](bool isA, uint64_t descriptor) {
    const char *name = isA ? "A" : "B";
    if (auto fault = emulator::wgmma_descriptor_fault(descriptor)) {
      execution.report(fault->unsupported ? FindingKind::Unsupported : FindingKind::Misuse, "wgmma.descriptor",
                       *op.instruction, warp, 0, fmt::format("operand {} of wgmma: {}", name, fault->message),
                       "build the descriptor from (address & 0x3ffff) >> 4 and the two offsets", "9.7.15.5.1.2.2");
      throw LaunchAbort{};
    }
    const Region &shared = cta.sharedRegion;
    std::vector<uint32_t> pieces = piecesOf(*op.form, isA, descriptor);
    for (uint32_t piece : pieces) {
      if (piece >= shared.first && piece + kPiece <= shared.bytes) continue;
      Finding &f = execution.report(
          FindingKind::Bounds, "bounds.wgmma", *op.instruction, warp, 0,
          fmt::format("operand {} of wgmma reaches offset {} of shared memory, which has {} bytes", name,
                      static_cast<int64_t>(piece) - static_cast<int64_t>(shared.first), shared.bytes - shared.first),
          "check start address, leading and stride byte offsets of the descriptor", "9.7.15.5.1.2");
      f.buffer = shared.name, f.offset = static_cast<int64_t>(piece) - static_cast<int64_t>(shared.first);
      f.bytes = kPiece;
      throw LaunchAbort{};
    }
    if (!execution.config.checks.uninitialised) return;
    for (uint32_t piece : pieces)
      if (auto first = cta.sharedShadow.first_uninitialised(piece, kPiece)) {
        Finding &f =
            execution.report(FindingKind::Uninitialised, "uninit.wgmma", *op.instruction, warp, 0,
                             fmt::format("operand {} of wgmma uses byte {} of shared memory{}, which nobody wrote",
                                         name, *first - shared.first, execution.sharedVariableAt(*first)),
                             "fill the whole tile before the wgmma", "9.7.15.5.1.2");
        f.buffer = shared.name, f.offset = static_cast<int64_t>(*first - shared.first), f.bytes = kPiece;
        return;
      }
  };
  if (!op.form->a_in_registers) operand(true, op.a);
  operand(false, op.b);
}

void WarpgroupTable::tellRaces(Operation &op, const Warp &warp, Queue &queue, WarpState &state) {
  if (!execution.races) return;
  if (!queue.hasActor) queue.actor = execution.races->new_async_actor().value, queue.hasActor = true;
  emulator::AsyncOperation told;
  told.issuer = {warp.globalIndex};
  told.lanes = kAllLanes;
  told.place = {op.instruction->place};
  told.actor = {queue.actor};
  told.block = {cta.index};
  emulator::AsyncIndex index = execution.races->async_operation(told);
  state.told.push_back(index.value);
  op.told.push_back(index.value);
  std::vector<uint32_t> pieces = piecesOf(*op.form, false, op.b);
  if (!op.form->a_in_registers) {
    // A warp's part of the product reads its own sixteen rows of A.
    std::vector<uint32_t> a = piecesOf(*op.form, true, op.a);
    size_t w = warp.index % 4, quarter = a.size() / 4, row = 64 * 2 / kPiece;
    for (size_t i = 0; i < a.size(); ++i)
      if (op.form->a_mn_major ? i % row / 2 == w : i / quarter == w) pieces.push_back(a[i]);
  }
  std::sort(pieces.begin(), pieces.end());
  std::vector<emulator::ByteRange> ranges;
  for (uint32_t piece : pieces) {
    if (!ranges.empty() && ranges.back().first + ranges.back().bytes == piece)
      ranges.back().bytes += kPiece;
    else if (ranges.empty() || ranges.back().first + ranges.back().bytes < piece)
      ranges.push_back({piece, kPiece});
  }
  execution.races->async_access(index, emulator::AsyncKind::read, emulator::Space::shared, {cta.index}, ranges);
}

void WarpgroupTable::land(Operation &op) {
  const WgmmaForm &form = *op.form;
  emulator::WgmmaValues b = emulator::wgmma_b_from_pieces(form, gather(cta, piecesOf(form, false, op.b)));
  std::vector<uint8_t> aBytes;
  if (!form.a_in_registers) aBytes = gather(cta, piecesOf(form, true, op.a));
  for (int w = 0; w < 4; ++w) {
    Part &part = op.parts[static_cast<size_t>(w)];
    emulator::WgmmaValues a = form.a_in_registers ? emulator::wgmma_a_from_registers(form, part.a)
                                                  : emulator::wgmma_a_from_pieces(form, w, aBytes);
    if (form.sparse) emulator::wgmma_place_sparse(form, part.metadata, a);
    emulator::wgmma_multiply(form, a, b, op.scaleD, part.accumulators->values, execution.accumulation());
  }
}

} // namespace tw::emu
