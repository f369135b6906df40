// Golden snippets: small PTX kernels, one per instruction form, whose results on a GPU the emulator must give too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tilewright/runtime/launch_rule.hpp"

namespace golden {

/// What the 64 input bytes of each thread hold, as eight words of 64 bits.
enum class Inputs {
  bits,       ///< random bits, and the edges of integers of every width
  f32,        ///< pairs of f32: zeros, subnormals, infinities, NaN, near overflow, random magnitudes
  f64,        ///< the same as f64
  f16,        ///< four f16
  bf16,       ///< four bf16
  near_one,   ///< pairs of f32 whose magnitudes lie between 2^-4 and 2^4: for approximate functions
  small_f16,  ///< four f16 that are integers from -4 to 4: every sum of products is exact
  small_bf16, ///< the same as bf16
  small_f32,  ///< pairs of f32 that are integers from -4 to 4
  small_f64,  ///< f64 that are integers from -4 to 4
  small_e4m3, ///< eight e4m3 that are integers from -4 to 4
  small_e5m2, ///< eight e5m2 that are integers from -4 to 4
};
inline constexpr int inputs_count = 12;
std::string name_of(Inputs inputs);

/// How outputs are compared. Floats: NaN is right where NaN is expected, whatever its payload.
enum class Compare { bits, f32, f64, f16, bf16 };

/// One kernel. Its body sees the inputs of its thread as %w0 to %w7 (64 bits), scratch registers, %t the thread in the
/// block, %block the block, and leaves `words` words of 32 bits in %o0, %o1, ... Each block is one set of inputs, each
/// thread of an elementwise snippet is.
struct Snippet {
  std::string name;   ///< also the entry's, unique
  std::string family; ///< row of docs/TESTING.md
  Inputs inputs = Inputs::bits;
  std::string body;
  int words = 1;
  int blocks = 2, threads = 32;
  int cluster = 1;
  bool elementwise = true;
  bool stores_itself = false; ///< the body writes the outputs (zeros before), instead of leaving %o
  std::string target = "sm_80";
  std::string shared;     ///< declarations at the start of the body
  std::string module;     ///< declarations before the entry
  std::string attributes; ///< further directives of the entry
  Compare compare = Compare::bits;
  double absolute = 0, relative = 0;                    ///< allowed errors of float comparisons
  std::optional<tw::rt::TensorMapRule> map = {};        ///< over the inputs, passed as %map (its address)
  std::optional<tw::rt::TensorMapRule> output_map = {}; ///< over the snippet's own outputs, as %outmap

  int input_sets() const { return elementwise ? blocks * threads : blocks; }
  int output_bytes() const { return blocks * threads * words * 4; }
};

/// The committed table, family by family.
void add_integers(std::vector<Snippet> &list);
void add_bits(std::vector<Snippet> &list);
void add_comparisons(std::vector<Snippet> &list);
void add_floats(std::vector<Snippet> &list);
void add_conversions(std::vector<Snippet> &list);
void add_approximations(std::vector<Snippet> &list);
void add_warps(std::vector<Snippet> &list);
void add_memory(std::vector<Snippet> &list);
void add_matrices(std::vector<Snippet> &list);
void add_warpgroups(std::vector<Snippet> &list);
void add_tensors(std::vector<Snippet> &list);
void add_hopper(std::vector<Snippet> &list);

/// All of them, in order.
const std::vector<Snippet> &snippets();

/// An elementwise snippet: `instruction` computes %d from %a, %b, %c, whose widths in bits are given (%d first; 0 for
/// operands that it does not have; 1 for a predicate).
Snippet elementwise(std::string family, std::string instruction, Inputs inputs, int d, int a, int b = 0, int c = 0);

/// The entry of a snippet.
std::string entry_of(const Snippet &snippet);

} // namespace golden
