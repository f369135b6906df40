// The register layouts that the compiler starts from: coalesced memory access, tensor core fragments, FMA tiles.
#ifndef TILEWRIGHT_LAYOUT_BUILDERS_H
#define TILEWRIGHT_LAYOUT_BUILDERS_H

#include "tilewright/Layout/Distributed.h"

#include <optional>

namespace tilewright::layout {

/// The largest power of two that divides `extent` (>= 1).
int powerOfTwoPart(int extent);

/// Coalesced access to a tile whose dimension `contiguousDim` is contiguous in memory: each thread takes `vector`
/// consecutive elements (rounded down to a power of two that divides the extent), neighbouring lanes take neighbouring
/// vectors, then rows, last dimension first. What the threads do not cover is repeated; threads that find nothing left
/// hold copies. `warps` is a power of two. Any extents >= 1.
Distributed blocked(const Coord &shape, int vector, int contiguousDim, int warps);

/// The C/D fragment of mma.sync m16n8 (32-bit accumulator; PTX ISA 9.7.14.5) for a tile {M, N}: register i holds row
/// g + 8*(i>>1), column 2t + (i&1) with g = lane/4, t = lane%4. Warp w is the (w % warpsM)-th along M and the
/// (w / warpsM)-th along N, directly above the fragment; what remains is repeated, N fastest. Warps that find no rows
/// or columns hold copies. Nothing unless M % 16 == 0 and N % 8 == 0. With warpsM = 4 and warpsN = 1 and M = 64 this is
/// also the accumulator of wgmma (PTX ISA 9.7.15.5).
std::optional<Distributed> mmaAccumulator(const Coord &shape, int warpsM, int warpsN);

/// The A fragment of mma.sync for a tile {M, K} of 8, 16 or 32-bit (tf32) elements: m16n8k32, m16n8k16 or m16n8k8.
/// Warps as in `mmaAccumulator`; warps that differ along N hold copies. Nothing unless M % 16 == 0 and K is a multiple
/// of the instruction's.
std::optional<Distributed> mmaOperandA(const Coord &shape, int warpsM, int warpsN, int elementBits);

/// The B fragment of mma.sync for a tile given as {K, N}. Warps that differ along M hold copies.
std::optional<Distributed> mmaOperandB(const Coord &shape, int warpsM, int warpsN, int elementBits);

/// The accumulator of wgmma m64nNk for a tile {M, N} (PTX ISA 9.7.15.5): each warpgroup holds 64 rows and N/warpgroupsN
/// consecutive columns per instruction, further rows are repeated. Warpgroup g is the (g % warpgroupsM)-th along M.
/// Registers of one instruction are consecutive. Nothing unless M is a multiple of 64 * warpgroupsM and
/// N of 8 * warpgroupsN, or if warpgroupsN > 1 and N / warpgroupsN is not a power of two.
std::optional<Distributed> wgmmaAccumulator(const Coord &shape, int warpgroupsM, int warpgroupsN);

/// The accumulator tile {M, N} of a product computed with scalar FMAs: each thread holds vectors of 4 along N, a warp
/// covers 4 rows x 32 columns where the extents allow it, warps go to the dimension that leaves the thread's tile more
/// nearly square, the rest is repeated. Any extents >= 1; `warps` is a power of two.
Distributed fmaTile(const Coord &shape, int warps);

} // namespace tilewright::layout

#endif
