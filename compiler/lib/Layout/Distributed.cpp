// The invariant of distributed layouts, their evaluation, and slices and transposes.
#include "tilewright/Layout/Distributed.h"

#include <algorithm>
#include <cassert>

namespace tilewright::layout {

namespace {

/// The sum of the bases of the set bits.
Coord combine(int rank, std::span<const Coord> bases, unsigned bits) {
  Coord sum = Coord::filled(rank, 0);
  for (size_t bit = 0; bit < bases.size(); ++bit)
    if (bits >> bit & 1) sum += bases[bit];
  return sum;
}

/// The extents that the bases span, if the invariant holds.
Coord spannedCore(int rank, std::initializer_list<const std::vector<Coord> *> groups) {
  Coord core = Coord::filled(rank, 1);
  for (const std::vector<Coord> *group : groups)
    for (const Coord &basis : *group)
      for (int d = 0; d < std::min(rank, basis.size()); ++d)
        if (basis[d] > 0) core[d] *= 2;
  return core;
}

std::string basisName(const char *kind, size_t bit, const Coord &basis) {
  return std::string(kind) + " basis " + std::to_string(bit) + " " + basis.toString();
}

/// Collects the bits used along each dimension and says what is wrong.
struct Verifier {
  int rank;
  Coord used;
  std::string error;

  explicit Verifier(int rank) : rank(rank), used(Coord::filled(rank, 0)) {}

  void check(const char *kind, const std::vector<Coord> &bases, bool zeroAllowed) {
    for (size_t bit = 0; bit < bases.size() && error.empty(); ++bit) checkBasis(kind, bit, bases[bit], zeroAllowed);
  }

private:
  void checkBasis(const char *kind, size_t bit, const Coord &basis, bool zeroAllowed) {
    std::string name = basisName(kind, bit, basis);
    if (basis.size() != rank) {
      error = name + " has " + std::to_string(basis.size()) + " entries, but the tile has rank " + std::to_string(rank);
      return;
    }
    int nonzero = int(std::count_if(basis.begin(), basis.end(), [](int v) { return v != 0; }));
    if (nonzero == 0 && !zeroAllowed) error = name + " is zero, but a thread holds an element once only";
    if (nonzero > 1) error = name + " moves along more than one dimension";
    for (int d = 0; d < rank && error.empty(); ++d) {
      int step = basis[d];
      if (step == 0) continue;
      if (step < 0 || (step & (step - 1)) != 0)
        error = name + " is not a power of two";
      else if (used[d] & step)
        error = name + " repeats a step that another basis takes";
      used[d] |= step;
    }
  }
};

} // namespace

Distributed::Distributed() : laneBases_(laneBits) {}

Distributed::Distributed(Coord repeat, std::vector<Coord> registerBases, std::vector<Coord> laneBases,
                         std::vector<Coord> warpBases)
    : repeat_(repeat), registerBases_(std::move(registerBases)), laneBases_(std::move(laneBases)),
      warpBases_(std::move(warpBases)) {
  core_ = spannedCore(rank(), {&registerBases_, &laneBases_, &warpBases_});
}

std::string Distributed::verify() const {
  if (laneBases_.size() != laneBits)
    return "a warp has 5 lane bits, but " + std::to_string(laneBases_.size()) + " lane bases are given";
  for (int d = 0; d < rank(); ++d)
    if (repeat_[d] < 1)
      return "dimension " + std::to_string(d) + " is repeated " + std::to_string(repeat_[d]) + " times, must be >= 1";
  Verifier verifier(rank());
  verifier.check("register", registerBases_, false);
  verifier.check("lane", laneBases_, true);
  verifier.check("warp", warpBases_, true);
  for (int d = 0; d < rank() && verifier.error.empty(); ++d)
    if (verifier.used[d] & (verifier.used[d] + 1))
      return "along dimension " + std::to_string(d) + " no basis takes step " +
             std::to_string(~verifier.used[d] & (verifier.used[d] + 1)) + ", but a larger step is taken";
  return verifier.error;
}

Coord Distributed::shape() const {
  Coord shape;
  for (int d = 0; d < rank(); ++d) shape.push(core_[d] * repeat_[d]);
  return shape;
}

Coord Distributed::coordinates(int reg, int lane, int warp) const {
  return threadOffset(lane, warp) + registerOffset(reg);
}

Coord Distributed::threadOffset(int lane, int warp) const {
  return combine(rank(), laneBases_, lane) + combine(rank(), warpBases_, warp);
}

Coord Distributed::registerOffset(int reg) const {
  Coord offset = combine(rank(), registerBases_, reg & ((1 << registerBits()) - 1));
  int repetition = reg >> registerBits();
  for (int d = rank() - 1; d >= 0; --d) {
    offset[d] += repetition % repeat_[d] * core_[d];
    repetition /= repeat_[d];
  }
  return offset;
}

int Distributed::registerAt(const Coord &offset) const {
  assert(offset.size() == rank());
  int repetition = 0;
  for (int d = 0; d < rank(); ++d) {
    if (offset[d] < 0 || offset[d] >= core_[d] * repeat_[d]) return -1;
    repetition = repetition * repeat_[d] + offset[d] / core_[d];
  }
  int reg = repetition << registerBits();
  for (int bit = 0; bit < registerBits(); ++bit)
    for (int d = 0; d < rank(); ++d)
      if (offset[d] % core_[d] & registerBases_[bit][d]) reg |= 1 << bit;
  return registerOffset(reg) == offset ? reg : -1;
}

uint32_t Distributed::replicatedLanes() const {
  uint32_t mask = 0;
  for (int bit = 0; bit < laneBits; ++bit)
    if (laneBases_[bit].isZero()) mask |= 1u << bit;
  return mask;
}

uint32_t Distributed::replicatedWarps() const {
  uint32_t mask = 0;
  for (int bit = 0; bit < warpBits(); ++bit)
    if (warpBases_[bit].isZero()) mask |= 1u << bit;
  return mask;
}

bool Distributed::isOwner(int lane, int warp) const {
  return (lane & replicatedLanes()) == 0 && (warp & replicatedWarps()) == 0;
}

int Distributed::vectorWidth(int dim) const {
  Distributed layout = canonical();
  int width = 1;
  for (const Coord &basis : layout.registerBases_) {
    if (basis[dim] != width) break;
    width *= 2;
  }
  return width;
}

DerivedLayout Distributed::slice(int axis, SlicedAxis kind) const {
  auto project = [&](Coord coord, int rest) {
    if (kind == SlicedAxis::removed) return coord.without(axis);
    coord[axis] = rest;
    return coord;
  };
  auto projectAll = [&](const std::vector<Coord> &bases, bool keepZero) {
    std::vector<Coord> result;
    for (const Coord &basis : bases)
      if (keepZero || basis[axis] == 0) result.push_back(project(basis, 0));
    return result;
  };
  DerivedLayout derived{Distributed(project(repeat_, 1), projectAll(registerBases_, false),
                                    projectAll(laneBases_, true), projectAll(warpBases_, true)),
                        {}};
  for (int reg = 0; reg < elementsPerThread(); ++reg)
    derived.registerMap.push_back(derived.layout.registerAt(project(registerOffset(reg), 0)));
  return derived;
}

bool Distributed::isSliceOf(const Distributed &parent, int axis, SlicedAxis kind) const {
  return isEquivalent(parent.slice(axis, kind).layout);
}

DerivedLayout Distributed::transpose(const Coord &permutation) const {
  assert(permutation.size() == rank());
  auto permute = [&](const Coord &coord) {
    Coord result;
    for (int source : permutation) result.push(coord[source]);
    return result;
  };
  auto permuteAll = [&](std::vector<Coord> bases) {
    for (Coord &basis : bases) basis = permute(basis);
    return bases;
  };
  DerivedLayout derived{
      Distributed(permute(repeat_), permuteAll(registerBases_), permuteAll(laneBases_), permuteAll(warpBases_)), {}};
  for (int reg = 0; reg < elementsPerThread(); ++reg)
    derived.registerMap.push_back(derived.layout.registerAt(permute(registerOffset(reg))));
  return derived;
}

Distributed Distributed::canonical() const {
  Distributed result = *this;
  for (int d = rank() - 1; d >= 0; --d) {
    while (result.repeat_[d] % 2 == 0) {
      Coord basis = Coord::filled(rank(), 0);
      basis[d] = result.core_[d];
      result.registerBases_.push_back(basis);
      result.core_[d] *= 2;
      result.repeat_[d] /= 2;
    }
    if (result.repeat_[d] > 1) break;
  }
  return result;
}

} // namespace tilewright::layout
