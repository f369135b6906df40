// Instructions of sm_90a that the other files leave out, from CUDA C++ through inline PTX: sparse wgmma.
#include <cuda_bf16.h>

#include <cstdint>

namespace {

__device__ uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

/// Descriptor of a K-major operand whose rows of `row` bytes (64 or 128) are swizzled.
__device__ uint64_t descriptor(const void *p, uint32_t row) {
  return (shared_address(p) & 0x3ffff) >> 4 | uint64_t{1} << 16 | static_cast<uint64_t>(8 * row >> 4) << 32 |
         static_cast<uint64_t>(row == 128 ? 1 : 2) << 62;
}

/// Copies rows of `row` bytes with the swizzle of that row length.
__device__ void fill(unsigned char *to, const unsigned char *from, int rows, int row) {
  for (int i = threadIdx.x; i < rows * row / 16; i += blockDim.x) {
    int at = i * 16;
    at ^= at >> 3 & (row - 16);
    *reinterpret_cast<int4 *>(to + at) = *reinterpret_cast<const int4 *>(from + i * 16);
  }
}

__device__ void sparse_bf16_n16(float (&d)[8], uint64_t a, uint64_t b, uint32_t metadata) {
  asm volatile("wgmma.mma_async.sp.sync.aligned.m64n16k32.f32.bf16.bf16 {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, %10, 0, 1, "
               "1, 1, 0, 0;"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
               : "l"(a), "l"(b), "r"(metadata));
}

} // namespace

/// C (64 x 16) = A (64 x 64, half of it stored) * B^T (16 x 64). `metadata`: a word per thread and step of 32 along k.
extern "C" __global__ void sparse_product(const unsigned char *a, const unsigned char *b, const uint32_t *metadata,
                                          float *c) {
  __shared__ alignas(1024) unsigned char tile_a[64 * 64], tile_b[16 * 128];
  fill(tile_a, a, 64, 64);
  fill(tile_b, b, 16, 128);
  asm volatile("fence.proxy.async;" ::: "memory");
  __syncthreads();
  float d[8] = {};
  uint32_t words[2] = {metadata[threadIdx.x], metadata[128 + threadIdx.x]};
#pragma unroll
  for (float &x : d) asm volatile("" : "+f"(x)::"memory");
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
  for (int step = 0; step < 2; ++step)
    sparse_bf16_n16(d, descriptor(tile_a, 64) + 2 * step, descriptor(tile_b, 128) + 4 * step, words[step]);
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
#pragma unroll
  for (float &x : d) asm volatile("" : "+f"(x)::"memory");
  int lane = threadIdx.x % 32, row = threadIdx.x / 32 * 16 + lane / 4;
  for (int i = 0; i < 8; ++i) c[(row + i / 2 % 2 * 8) * 16 + i / 4 * 8 + lane % 4 * 2 + i % 2] = d[i];
}
