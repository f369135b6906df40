// CUDA C++ as people write it: cooperative groups, libcu++ atomics, barriers and pipelines, wmma, small floats, SIMD
// intrinsics, clocks, function pointers and virtual calls.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <mma.h>

#include <cstdint>

namespace cg = cooperative_groups;

extern "C" __global__ void tile_reduce(const int *in, int *out) {
  auto block = cg::this_thread_block();
  auto tile = cg::tiled_partition<16>(block);
  int sum = cg::reduce(tile, in[block.thread_rank()], cg::plus<int>());
  int most = cg::reduce(tile, in[block.thread_rank()], cg::greater<int>());
  if (tile.thread_rank() == 0) {
    out[2 * tile.meta_group_rank()] = sum;
    out[2 * tile.meta_group_rank() + 1] = most;
  }
}

extern "C" __global__ void tile_scan(const int *in, int *out) {
  auto tile = cg::tiled_partition<32>(cg::this_thread_block());
  out[threadIdx.x] = cg::inclusive_scan(tile, in[threadIdx.x]);
}

extern "C" __global__ void coalesced_count(const int *in, int *count, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n && in[i] % 3 == 0) {
    auto active = cg::coalesced_threads();
    if (active.thread_rank() == 0) atomicAdd(count, static_cast<int>(active.size()));
  }
}

extern "C" __global__ void labelled_sum(const int *key, const int *value, int *sums) {
  auto tile = cg::tiled_partition<32>(cg::this_thread_block());
  auto same = cg::labeled_partition(tile, key[threadIdx.x]);
  int sum = cg::reduce(same, value[threadIdx.x], cg::plus<int>());
  if (same.thread_rank() == 0) atomicAdd(&sums[key[threadIdx.x]], sum);
}

extern "C" __global__ void grid_sync(int *stage, int *out) {
  auto grid = cg::this_grid();
  stage[grid.thread_rank()] = static_cast<int>(grid.thread_rank()) * 2;
  grid.sync();
  out[grid.thread_rank()] = stage[(grid.thread_rank() + blockDim.x) % grid.size()];
}

extern "C" __global__ void block_barrier(const int *in, int *out) {
  __shared__ int values[128];
#pragma nv_diag_suppress static_var_with_dynamic_init
  __shared__ cuda::barrier<cuda::thread_scope_block> barrier;
  if (threadIdx.x == 0) init(&barrier, blockDim.x);
  __syncthreads();
  int carried = in[threadIdx.x];
#pragma unroll 1
  for (int round = 0; round < 4; ++round) {
    values[threadIdx.x] = carried;
    barrier.arrive_and_wait();
    carried += values[(threadIdx.x + 1) % blockDim.x];
    auto token = barrier.arrive();
    barrier.wait(std::move(token));
  }
  out[threadIdx.x] = carried;
}

extern "C" __global__ void pipeline_copy(const int4 *in, int4 *out, int tiles) {
  constexpr int kStages = 2;
  __shared__ int4 buffer[kStages][64];
  auto pipeline = cuda::make_pipeline();
  for (int compute = 0, fetch = 0; compute < tiles; ++compute) {
    for (; fetch < tiles && fetch < compute + kStages; ++fetch) {
      pipeline.producer_acquire();
      cuda::memcpy_async(&buffer[fetch % kStages][threadIdx.x], in + fetch * 64 + threadIdx.x,
                         cuda::aligned_size_t<16>(sizeof(int4)), pipeline);
      pipeline.producer_commit();
    }
    cuda::pipeline_consumer_wait_prior<1>(pipeline);
    if (compute + 1 == tiles) pipeline.consumer_wait();
    __syncthreads();
    int4 v = buffer[compute % kStages][63 - threadIdx.x];
    out[compute * 64 + threadIdx.x] = make_int4(v.w, v.z, v.y, v.x);
    __syncthreads();
    pipeline.consumer_release();
  }
}

/// Copies that complete on a barrier, which all threads wait for.
extern "C" __global__ void barrier_copy(const int4 *in, int4 *out) {
  __shared__ int4 buffer[64];
#pragma nv_diag_suppress static_var_with_dynamic_init
  __shared__ cuda::barrier<cuda::thread_scope_block> arrived;
  auto block = cg::this_thread_block();
  if (threadIdx.x == 0) init(&arrived, blockDim.x);
  block.sync();
  cuda::memcpy_async(block, buffer, in, cuda::aligned_size_t<16>(sizeof buffer), arrived);
  arrived.arrive_and_wait();
  out[threadIdx.x] = buffer[63 - threadIdx.x];
}

extern "C" __global__ void message_passing(int *data, int *flag, int *out) {
  cuda::atomic_ref<int, cuda::thread_scope_device> ready(*flag);
  if (blockIdx.x == 0) {
    data[threadIdx.x] = threadIdx.x * 3;
    __syncthreads();
    if (threadIdx.x == 0) ready.store(1, cuda::memory_order_release);
  } else {
    if (threadIdx.x == 0)
      while (ready.load(cuda::memory_order_acquire) == 0) __nanosleep(20);
    __syncthreads();
    out[threadIdx.x] = data[threadIdx.x];
  }
}

extern "C" __global__ void atomics_integer(int *i32, unsigned *u32, unsigned long long *u64, unsigned short *u16) {
  int t = threadIdx.x;
  atomicAdd(&i32[0], t);
  atomicSub(&i32[1], t);
  atomicMin(&i32[2], t - 40);
  atomicMax(&i32[3], t);
  atomicExch(&i32[4], 7);
  atomicCAS(&i32[5], 0, t + 1);
  atomicInc(&u32[0], 9);
  atomicDec(&u32[1], 9);
  atomicAnd(&u32[2], ~(1u << (t & 31)));
  atomicOr(&u32[3], 1u << (t & 31));
  atomicXor(&u32[4], 3u);
  atomicAdd(&u64[0], 1ull << 33);
  atomicMax(&u64[1], static_cast<unsigned long long>(t) << 40);
  atomicCAS(&u64[2], 0ull, 5ull);
  unsigned short old = 0, seen;
  do {
    seen = old;
    old = atomicCAS(&u16[0], seen, static_cast<unsigned short>(seen + 1));
  } while (old != seen);
}

extern "C" __global__ void atomics_float(float *f, double *d, __half *h, __half2 *h2, __nv_bfloat16 *b,
                                         __nv_bfloat162 *b2, float2 *f2, float4 *f4) {
  atomicAdd(f, 0.5f);
  atomicAdd(d, 0.25);
  atomicAdd(h, __float2half(1.0f));
  atomicAdd(h2, __floats2half2_rn(1.0f, 2.0f));
  atomicAdd(b, __float2bfloat16(1.0f));
  atomicAdd(b2, __floats2bfloat162_rn(1.0f, 0.5f));
  atomicAdd(f2, make_float2(1.0f, 2.0f));
  atomicAdd(f4, make_float4(1.0f, 2.0f, 3.0f, 4.0f));
}

extern "C" __global__ void wmma_half(const __half *a, const __half *b, float *c) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 16, 16, 16, __half, row_major> fa;
  fragment<matrix_b, 16, 16, 16, __half, col_major> fb;
  fragment<accumulator, 16, 16, 16, float> fc;
  fill_fragment(fc, 1.0f);
  for (int k = 0; k < 32; k += 16) {
    load_matrix_sync(fa, a + k, 32);
    load_matrix_sync(fb, b + k, 32);
    mma_sync(fc, fa, fb, fc);
  }
  store_matrix_sync(c, fc, 16, mem_row_major);
}

extern "C" __global__ void wmma_int8(const signed char *a, const signed char *b, int *c) {
  using namespace nvcuda::wmma;
  __shared__ int staged[32 * 8];
  fragment<matrix_a, 32, 8, 16, signed char, col_major> fa;
  fragment<matrix_b, 32, 8, 16, signed char, row_major> fb;
  fragment<accumulator, 32, 8, 16, int> fc;
  fill_fragment(fc, 0);
  load_matrix_sync(fa, a, 32);
  load_matrix_sync(fb, b, 8);
  mma_sync(fc, fa, fb, fc);
  store_matrix_sync(staged, fc, 8, mem_row_major);
  __syncwarp();
  for (int i = threadIdx.x; i < 256; i += 32) c[i] = staged[i];
}

extern "C" __global__ void small_floats(const float *in, unsigned char *e4, unsigned char *e5, float *back) {
  int i = threadIdx.x;
  __nv_fp8_e4m3 x(in[i]);
  __nv_fp8_e5m2 y(in[i]);
  e4[i] = x.__x;
  e5[i] = y.__x;
  back[2 * i] = static_cast<float>(x);
  back[2 * i + 1] = static_cast<float>(y);
}

extern "C" __global__ void simd_intrinsics(const unsigned *a, const unsigned *b, unsigned *out, int n) {
  int i = threadIdx.x;
  if (i >= n) return;
  out[6 * i] = __vadd2(a[i], b[i]);
  out[6 * i + 1] = __vabsdiffu4(a[i], b[i]);
  out[6 * i + 2] = __vavgu4(a[i], b[i]);
  out[6 * i + 3] = __vcmpgts2(a[i], b[i]);
  out[6 * i + 4] = __vsadu4(a[i], b[i]);
  out[6 * i + 5] = __dp4a(static_cast<int>(a[i]), static_cast<int>(b[i]), 5);
}

extern "C" __global__ void clocks(long long *out) {
  long long before = clock64();
  __nanosleep(1000);
  long long after = clock64();
  unsigned long long time;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(time));
  if (threadIdx.x != 0) return;
  out[0] = after - before;
  out[1] = static_cast<long long>(time);
}

struct Shape {
  __device__ virtual int area(int x) const = 0;
};
struct Square : Shape {
  __device__ int area(int x) const override { return x * x; }
};
struct Strip : Shape {
  __device__ int area(int x) const override { return 3 * x; }
};

extern "C" __global__ void virtual_calls(int *out) {
  Square square;
  Strip strip;
  const Shape *shape = threadIdx.x % 2 ? static_cast<const Shape *>(&square) : &strip;
  out[threadIdx.x] = shape->area(static_cast<int>(threadIdx.x));
}

__device__ __noinline__ float twice(float x) { return 2 * x; }
__device__ __noinline__ float thrice(float x) { return 3 * x; }

extern "C" __global__ void function_pointers(const int *which, float *out) {
  float (*table[2])(float) = {twice, thrice};
  out[threadIdx.x] = table[which[threadIdx.x] & 1](static_cast<float>(threadIdx.x));
}

extern "C" __global__ void persistent_tiles(int *next, int *visits, int tiles) {
  __shared__ int tile;
  for (;;) {
    if (threadIdx.x == 0) tile = atomicAdd(next, 1);
    __syncthreads();
    int mine = tile;
    __syncthreads();
    if (mine >= tiles) break;
    atomicAdd(&visits[mine], static_cast<int>(threadIdx.x));
  }
}

extern "C" __global__ void named_barriers(const int *in, int *out) {
  // Two producer warps fill, two consumer warps read: full and empty barriers with counts.
  __shared__ int stage[64];
#pragma unroll 1
  for (int round = 0; round < 3; ++round) {
    if (threadIdx.x < 64) {
      if (round) asm volatile("bar.sync 2, 128;" ::: "memory");
      stage[threadIdx.x] = in[round * 64 + threadIdx.x];
      asm volatile("bar.arrive 1, 128;" ::: "memory");
    } else {
      asm volatile("bar.sync 1, 128;" ::: "memory");
      out[round * 64 + threadIdx.x - 64] = stage[127 - threadIdx.x] + 1;
      if (round < 2) asm volatile("bar.arrive 2, 128;" ::: "memory");
    }
  }
}

extern "C" __global__ void warp_reductions(const unsigned *in, unsigned *out) {
  unsigned v = in[threadIdx.x];
  unsigned group = __match_any_sync(0xffffffffu, v & 3);
  out[threadIdx.x] = __reduce_add_sync(group, v) ^ __reduce_max_sync(group, v) ^ __reduce_xor_sync(group, v);
}

extern "C" __global__ void elected_thread(int *out) {
  unsigned leads = 0;
  asm volatile("{ .reg .pred p; elect.sync _|p, 0xffffffff; selp.u32 %0, 1, 0, p; }" : "=r"(leads));
  int count = __popc(__ballot_sync(0xffffffffu, leads != 0));
  if (leads) out[threadIdx.x / 32] = count;
}

extern "C" __global__ void double_maths(const double *in, double *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = sqrt(in[i]) / (1.0 + in[i]) + fma(in[i], in[i], floor(in[i]));
}

extern "C" __global__ void maths_library(const float *in, float *out, int n) {
  int i = threadIdx.x;
  if (i >= n) return;
  float x = in[i];
  out[6 * i] = sinf(x);
  out[6 * i + 1] = expf(x);
  out[6 * i + 2] = logf(x + 5);
  out[6 * i + 3] = tanhf(x);
  out[6 * i + 4] = erff(x);
  out[6 * i + 5] = powf(x + 5, 1.5f);
}
