// Instructions of sm_90a that the other files leave out, from CUDA C++: sparse wgmma, 128-bit
// atomics, sleeping threads, products of elements below a byte, proxy fences by writers and by the issuer.
#include <cuda_bf16.h>
#include <mma.h>

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

/// Appends to a list with 128-bit atomics: head is {index, count}; each thread takes the place that the count names.
extern "C" __global__ void wide_counter(ulonglong2 *head, unsigned long long *place) {
  unsigned long long index = blockIdx.x * blockDim.x + threadIdx.x, low = 0, high = 0;
  asm volatile("{ .reg .b128 %q; ld.relaxed.gpu.global.b128 %q, [%2]; mov.b128 {%0, %1}, %q; }"
               : "=l"(low), "=l"(high)
               : "l"(head)
               : "memory");
  while (true) {
    unsigned long long seen_low, seen_high;
    asm volatile("{ .reg .b128 %o, %n, %d; mov.b128 %o, {%3, %4}; mov.b128 %n, {%5, %6};\n"
                 "  atom.acq_rel.gpu.global.cas.b128 %d, [%2], %o, %n; mov.b128 {%0, %1}, %d; }"
                 : "=l"(seen_low), "=l"(seen_high)
                 : "l"(head), "l"(low), "l"(high), "l"(index), "l"(high + 1)
                 : "memory");
    if (seen_low == low && seen_high == high) break;
    low = seen_low, high = seen_high;
  }
  place[index] = high;
}

/// A producer that takes its time, and consumers that sleep while they wait; times of both by the global timer.
extern "C" __global__ void sleepers(int *flag, unsigned long long *times) {
  unsigned long long before, after;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(before));
  if (blockIdx.x == 0) {
    __nanosleep(20000);
    if (threadIdx.x == 0) {
      __threadfence();
      atomicExch(flag, 1);
    }
  } else {
    while (atomicAdd(flag, 0) == 0) __nanosleep(500);
  }
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(after));
  times[blockIdx.x * blockDim.x + threadIdx.x] = after - before;
}

/// C (8 x 8) += A * B of 4-bit integers, and of single bits by population counts of the exclusive or.
extern "C" __global__ void small_products(const void *a4, const void *b4, int *c4, const void *a1, const void *b1,
                                          int *c1) {
  namespace wmma = nvcuda::wmma;
  using S4 = wmma::experimental::precision::s4;
  using B1 = wmma::experimental::precision::b1;
  wmma::fragment<wmma::matrix_a, 8, 8, 32, S4, wmma::row_major> x;
  wmma::fragment<wmma::matrix_b, 8, 8, 32, S4, wmma::col_major> y;
  wmma::fragment<wmma::accumulator, 8, 8, 32, int> z;
  wmma::load_matrix_sync(x, a4, 32);
  wmma::load_matrix_sync(y, b4, 32);
  wmma::fill_fragment(z, 7);
  wmma::mma_sync(z, x, y, z);
  wmma::store_matrix_sync(c4, z, 8, wmma::mem_row_major);
  wmma::fragment<wmma::matrix_a, 8, 8, 128, B1, wmma::row_major> p;
  wmma::fragment<wmma::matrix_b, 8, 8, 128, B1, wmma::col_major> q;
  wmma::fragment<wmma::accumulator, 8, 8, 128, int> r;
  wmma::load_matrix_sync(p, a1, 128);
  wmma::load_matrix_sync(q, b1, 128);
  wmma::fill_fragment(r, 0);
  wmma::bmma_sync(r, p, q, r);
  wmma::store_matrix_sync(c1, r, 8, wmma::mem_row_major);
}

/// Sends a tile to global memory; the proxy fence is executed by all writers, or by the issuing thread alone.
template <bool kWritersFence> __device__ void store_tile(int *out) {
  __shared__ alignas(128) int tile[256];
  tile[threadIdx.x] = static_cast<int>(threadIdx.x) * 3;
  if (kWritersFence) asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (threadIdx.x == 0) {
    if (!kWritersFence) asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], 1024;" ::"l"(out), "r"(shared_address(tile))
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;\n\tcp.async.bulk.wait_group.read 0;" ::: "memory");
  }
}
extern "C" __global__ void store_fenced_by_writers(int *out) { store_tile<true>(out); }
extern "C" __global__ void store_fenced_by_issuer(int *out) { store_tile<false>(out); }
