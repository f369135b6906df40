// The common part of the kernels that wgmma_every_n.cmake writes.
#pragma once

#include <cstdint>

namespace {

__device__ uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

/// Operand without swizzle: 8 rows of 16 bytes are dense, 128 bytes to the next 16 bytes of a row, 256 to the next 8
/// rows. MN-major operands are the same with k and rows exchanged.
__device__ uint64_t descriptor(const void *p) {
  return (shared_address(p) & 0x3ffff) >> 4 | uint64_t{8} << 16 | uint64_t{16} << 32;
}

/// `rows` rows of 32 bytes.
__device__ void fill(unsigned char *to, const unsigned char *from, int rows) {
  for (int i = threadIdx.x; i < rows * 2; i += 128)
    *reinterpret_cast<int4 *>(to + i / 16 * 256 + i % 2 * 128 + i / 2 % 8 * 16) =
        *reinterpret_cast<const int4 *>(from + i * 16);
}
/// 16 rows of `columns` 16-bit elements, MN-major.
__device__ void fill_turned(unsigned char *to, const unsigned char *from, int columns) {
  int chunks = columns / 8;
  for (int i = threadIdx.x; i < 16 * chunks; i += 128) {
    int k = i / chunks, chunk = i % chunks;
    *reinterpret_cast<int4 *>(to + chunk * 256 + k / 8 * 128 + k % 8 * 16) = *reinterpret_cast<const int4 *>(from + i * 16);
  }
}

/// Fills, multiplies and writes D: a word per register, in the order of registers.
template <bool kTurned, int kN, int kCount, class Register, class Multiply>
__device__ void run(const unsigned char *a, const unsigned char *b, Register *out, Multiply multiply) {
  __shared__ alignas(128) unsigned char tile_a[64 * 32], tile_b[256 * 32];
  if (kTurned) {
    fill_turned(tile_a, a, 64);
    fill_turned(tile_b, b, kN);
  } else {
    fill(tile_a, a, 64);
    fill(tile_b, b, kN);
  }
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  Register d[kCount];
#pragma unroll
  for (Register &x : d) x = 0;
  uint32_t registers[4];
  const unsigned char *row = a + (threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4) * 32 + threadIdx.x % 4 * 4;
#pragma unroll
  for (int i = 0; i < 4; ++i) registers[i] = *reinterpret_cast<const uint32_t *>(row + i % 2 * 256 + i / 2 * 16);
  multiply(d, registers, descriptor(tile_a), descriptor(tile_b));
#pragma unroll
  for (int i = 0; i < kCount; ++i) out[i * 128 + threadIdx.x] = d[i];
}

} // namespace

#define TW_KERNEL(kind, n, count, Register, turned, ...)                                                        \
  extern "C" __global__ void __launch_bounds__(128)                                                                    \
      kind##_n##n(const unsigned char *from_a, const unsigned char *from_b, Register *out) {                           \
    run<turned, n, count>(                                                                                   \
        from_a, from_b, out,                                                                                           \
        [](Register(&d)[count], const uint32_t(&)[4], uint64_t a, uint64_t b) { __VA_ARGS__; });                           \
  }
#define TW_KERNEL_R(kind, n, count, Register, ...)                                                      \
  extern "C" __global__ void __launch_bounds__(128)                                                                    \
      kind##_n##n(const unsigned char *from_a, const unsigned char *from_b, Register *out) {                           \
    run<false, n, count>(                                                                                              \
        from_a, from_b, out,                                                                                           \
        [](Register(&d)[count], const uint32_t(&a)[4], uint64_t, uint64_t b) { __VA_ARGS__; });                            \
  }
