// Kernels for sm_90a: mbarriers, bulk and tensor copies, clusters, through cuda::barrier, cuda::ptx and inline PTX.
#include <cooperative_groups.h>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cuda/ptx>
#include <cstdint>

namespace cg = cooperative_groups;
namespace ptx = cuda::ptx;
using barrier = cuda::barrier<cuda::thread_scope_block>;

struct alignas(64) Map {
  unsigned char bytes[128];
};

__device__ inline uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

__device__ inline void wait_parity(uint64_t *bar, uint32_t parity) {
  while (!ptx::mbarrier_try_wait_parity(bar, parity)) {
  }
}

/// Sums pairs through a block-wide cuda::barrier: arrive, then wait for the token.
extern "C" __global__ void barrier_tokens(const int *in, int *out, int rounds) {
  __shared__ int values[128];
#pragma nv_diag_suppress static_var_with_dynamic_init
  __shared__ barrier bar;
  if (threadIdx.x == 0) init(&bar, blockDim.x);
  __syncthreads();
  int sum = 0;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    values[threadIdx.x] = in[round * blockDim.x + threadIdx.x];
    bar.wait(bar.arrive());
    sum += values[blockDim.x - 1 - threadIdx.x];
    bar.arrive_and_wait();
  }
  out[threadIdx.x] = sum;
}

/// cuda::memcpy_async of a whole block on a cuda::barrier.
extern "C" __global__ void barrier_memcpy(const int *in, int *out) {
  __shared__ alignas(16) int tile[256];
  __shared__ barrier bar;
  auto block = cg::this_thread_block();
  if (block.thread_rank() == 0) init(&bar, block.size());
  block.sync();
  cuda::memcpy_async(block, tile, in + blockIdx.x * 256, cuda::aligned_size_t<16>(sizeof(tile)), bar);
  bar.arrive_and_wait();
  for (int i = threadIdx.x; i < 256; i += blockDim.x) out[blockIdx.x * 256 + i] = tile[255 - i] + 1;
}

/// cuda::pipeline with two stages.
extern "C" __global__ void pipeline_stages(const float *in, float *out, int tiles) {
  constexpr int kStages = 2, kTile = 64;
  __shared__ alignas(16) float stage[kStages][kTile];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, kStages> state;
  auto block = cg::this_thread_block();
  auto pipe = cuda::make_pipeline(block, &state);
  for (int t = 0; t < kStages - 1 && t < tiles; ++t) {
    pipe.producer_acquire();
    cuda::memcpy_async(&stage[t % kStages][threadIdx.x], in + t * kTile + threadIdx.x, sizeof(float), pipe);
    pipe.producer_commit();
  }
  float sum = 0;
#pragma unroll 1
  for (int t = 0; t < tiles; ++t) {
    int next = t + kStages - 1;
    if (next < tiles) {
      pipe.producer_acquire();
      cuda::memcpy_async(&stage[next % kStages][threadIdx.x], in + next * kTile + threadIdx.x, sizeof(float), pipe);
      pipe.producer_commit();
    }
    pipe.consumer_wait();
    sum += stage[t % kStages][kTile - 1 - threadIdx.x];
    pipe.consumer_release();
  }
  out[threadIdx.x] = sum;
}

/// Loads a box of 32 x 16 floats without swizzle, scales it in place, stores it through another map.
extern "C" __global__ void tensor_scale(const __grid_constant__ Map from, const __grid_constant__ Map to, float factor) {
  __shared__ alignas(128) float tile[16][32];
  __shared__ uint64_t bar;
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&bar, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
  }
  __syncthreads();
  int32_t at[2] = {static_cast<int32_t>(blockIdx.x * 32), static_cast<int32_t>(blockIdx.y * 16)};
  if (threadIdx.x == 0) {
    ptx::cp_async_bulk_tensor(ptx::space_cluster, ptx::space_global, tile, &from, at, &bar);
    ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &bar, sizeof(tile));
  }
  wait_parity(&bar, 0);
  for (int i = threadIdx.x; i < 512; i += blockDim.x) tile[i / 32][i % 32] *= factor;
  ptx::fence_proxy_async(ptx::space_shared);
  __syncthreads();
  if (threadIdx.x == 0) {
    ptx::cp_async_bulk_tensor(ptx::space_global, ptx::space_shared, &to, at, tile);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group_read(ptx::n32_t<0>());
  }
}

/// Loads a 64 x 8 box of 16-bit elements with a 128-byte swizzle and undoes the swizzle while reading.
extern "C" __global__ void tensor_swizzled(const __grid_constant__ Map map, uint16_t *out) {
  __shared__ alignas(1024) uint16_t tile[8 * 64];
  __shared__ uint64_t bar;
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&bar, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    int32_t at[2] = {0, static_cast<int32_t>(blockIdx.x * 8)};
    ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &bar, sizeof(tile));
    ptx::cp_async_bulk_tensor(ptx::space_cluster, ptx::space_global, tile, &map, at, &bar);
  }
  wait_parity(&bar, 0);
  for (int i = threadIdx.x; i < 512; i += blockDim.x) {
    int row = i / 64, chunk = i % 64 / 8;
    out[blockIdx.x * 512 + i] = tile[row * 64 + (chunk ^ row) * 8 + i % 8];
  }
}

/// A 3-d box, over the edge of the tensor.
extern "C" __global__ void tensor_cube(const __grid_constant__ Map map, int *out, int x, int y, int z) {
  __shared__ alignas(128) int tile[4 * 4 * 4];
  __shared__ uint64_t bar;
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&bar, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
    int32_t at[3] = {x, y, z};
    ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &bar, sizeof(tile));
    ptx::cp_async_bulk_tensor(ptx::space_cluster, ptx::space_global, tile, &map, at, &bar);
  }
  __syncthreads();
  wait_parity(&bar, 0);
  out[threadIdx.x] = tile[threadIdx.x];
}

/// One producer warp feeds two consumer warps through a ring of three stages with full and empty barriers. `late` drops
/// the wait for the empty slot when it is 1.
template <bool kWaitEmpty> __device__ void ring(const int *in, int *out, int tiles) {
  constexpr int kStages = 3, kTile = 64;
  __shared__ alignas(128) int stage[kStages][kTile];
  __shared__ uint64_t full[kStages], empty[kStages];
  if (threadIdx.x == 0) {
    for (int s = 0; s < kStages; ++s) {
      ptx::mbarrier_init(&full[s], 1);
      ptx::mbarrier_init(&empty[s], 2);
    }
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
  }
  __syncthreads();
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (warp == 0) {
    if (lane != 0) return;
    for (int t = 0; t < tiles; ++t) {
      int s = t % kStages;
      if (kWaitEmpty) wait_parity(&empty[s], t / kStages % 2 ^ 1);
      ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &full[s], sizeof(stage[0]));
      ptx::cp_async_bulk(ptx::space_cluster, ptx::space_global, stage[s], in + t * kTile, sizeof(stage[0]), &full[s]);
    }
    return;
  }
  int sum = 0;
  for (int t = 0; t < tiles; ++t) {
    int s = t % kStages;
    wait_parity(&full[s], t / kStages % 2);
    sum += stage[s][threadIdx.x - 32];
    __syncwarp();
    if (lane == 0) ptx::mbarrier_arrive(&empty[s]);
  }
  out[threadIdx.x - 32] = sum;
}
extern "C" __global__ void ring_correct(const int *in, int *out, int tiles) { ring<true>(in, out, tiles); }
extern "C" __global__ void ring_without_empty_wait(const int *in, int *out, int tiles) { ring<false>(in, out, tiles); }

/// A bulk reduction of a shared vector into global memory, from every block.
extern "C" __global__ void bulk_histogram(const int *in, int *bins) {
  __shared__ alignas(16) int counts[64];
  for (int i = threadIdx.x; i < 64; i += blockDim.x) counts[i] = 0;
  __syncthreads();
  atomicAdd(&counts[in[blockIdx.x * blockDim.x + threadIdx.x] & 63], 1);
  ptx::fence_proxy_async(ptx::space_shared);
  __syncthreads();
  if (threadIdx.x == 0) {
    ptx::cp_reduce_async_bulk(ptx::space_global, ptx::space_shared, ptx::op_add, bins, counts, sizeof(counts));
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group_read(ptx::n32_t<0>());
  }
}

/// Distributed shared memory through cooperative groups: every block reads its neighbour's tile.
extern "C" __global__ void __cluster_dims__(2, 1, 1) cluster_neighbour(int *out) {
  __shared__ int tile[32];
  cg::cluster_group cluster = cg::this_cluster();
  tile[threadIdx.x] = static_cast<int>(blockIdx.x * 100 + threadIdx.x);
  cluster.sync();
  int *other = cluster.map_shared_rank(tile, cluster.block_rank() ^ 1);
  out[blockIdx.x * 32 + threadIdx.x] = other[31 - threadIdx.x];
  cluster.sync();
}

/// As above without the last barrier: a block may end while its neighbour reads.
extern "C" __global__ void __cluster_dims__(2, 1, 1) cluster_early_exit(int *out) {
  __shared__ int tile[32];
  cg::cluster_group cluster = cg::this_cluster();
  tile[threadIdx.x] = static_cast<int>(threadIdx.x);
  cluster.sync();
  int *other = cluster.map_shared_rank(tile, cluster.block_rank() ^ 1);
  out[blockIdx.x * 32 + threadIdx.x] = other[31 - threadIdx.x];
}

/// Atomics on a neighbour's shared memory: a histogram split over the cluster.
extern "C" __global__ void __cluster_dims__(4, 1, 1) cluster_histogram(const int *in, int *bins) {
  __shared__ int counts[16];
  cg::cluster_group cluster = cg::this_cluster();
  if (threadIdx.x < 16) counts[threadIdx.x] = 0;
  cluster.sync();
  int value = in[blockIdx.x * blockDim.x + threadIdx.x] & 63;
  atomicAdd(cluster.map_shared_rank(counts, value / 16) + value % 16, 1);
  cluster.sync();
  if (threadIdx.x < 16) atomicAdd(bins + cluster.block_rank() * 16 + threadIdx.x, counts[threadIdx.x]);
}

/// Each block loads half of a tile and sends it to both blocks of its cluster.
extern "C" __global__ void __cluster_dims__(2, 1, 1) multicast_halves(const __grid_constant__ Map map, int *out) {
  __shared__ alignas(128) int tile[2][8 * 8];
  __shared__ uint64_t bar;
  cg::cluster_group cluster = cg::this_cluster();
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&bar, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
  }
  cluster.sync();
  if (threadIdx.x == 0) {
    int rank = static_cast<int>(cluster.block_rank());
    ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &bar, sizeof(tile));
    int32_t at[2] = {0, rank * 8 + static_cast<int>(blockIdx.x / 2) * 16};
    ptx::cp_async_bulk_tensor(ptx::space_cluster, ptx::space_global, tile[rank], &map, at, &bar, uint16_t{3});
  }
  wait_parity(&bar, 0);
  out[blockIdx.x * 128 + threadIdx.x] = tile[threadIdx.x / 64][threadIdx.x % 64];
  cluster.sync();
}

/// Sends a tile to the neighbour with a bulk copy between blocks.
extern "C" __global__ void __cluster_dims__(2, 1, 1) bulk_exchange(int *out) {
  __shared__ alignas(16) int mine[64], theirs[64];
  __shared__ uint64_t bar;
  cg::cluster_group cluster = cg::this_cluster();
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&bar, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
    ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &bar, sizeof(mine));
  }
  mine[threadIdx.x] = static_cast<int>(blockIdx.x * 1000 + threadIdx.x);
  ptx::fence_proxy_async(ptx::space_shared);
  cluster.sync();
  if (threadIdx.x == 0) {
    unsigned other = cluster.block_rank() ^ 1;
    ptx::cp_async_bulk(ptx::space_cluster, ptx::space_shared, cluster.map_shared_rank(theirs, other), mine, sizeof(mine),
                       cluster.map_shared_rank(&bar, other));
  }
  wait_parity(&bar, 0);
  out[blockIdx.x * 64 + threadIdx.x] = theirs[threadIdx.x];
  cluster.sync();
}

/// Blocks take tiles from a counter until none is left; each tile is loaded and stored by bulk copies.
extern "C" __global__ void persistent_tiles(const int *in, int *out, int *counter, int tiles) {
  __shared__ alignas(16) int tile[64];
  __shared__ uint64_t bar;
  __shared__ int current;
  if (threadIdx.x == 0) {
    ptx::mbarrier_init(&bar, 1);
    ptx::fence_mbarrier_init(ptx::sem_release, ptx::scope_cluster);
  }
  for (uint32_t phase = 0;; phase ^= 1) {
    if (threadIdx.x == 0) current = atomicAdd(counter, 1);
    __syncthreads();
    int mine = current;
    if (mine >= tiles) return;
    if (threadIdx.x == 0) {
      ptx::mbarrier_arrive_expect_tx(ptx::sem_release, ptx::scope_cta, ptx::space_shared, &bar, sizeof(tile));
      ptx::cp_async_bulk(ptx::space_cluster, ptx::space_global, tile, in + mine * 64, sizeof(tile), &bar);
    }
    wait_parity(&bar, phase);
    tile[threadIdx.x] += mine;
    ptx::fence_proxy_async(ptx::space_shared);
    __syncthreads();
    if (threadIdx.x == 0) {
      ptx::cp_async_bulk(ptx::space_global, ptx::space_shared, out + mine * 64, tile, sizeof(tile));
      ptx::cp_async_bulk_commit_group();
      ptx::cp_async_bulk_wait_group_read(ptx::n32_t<0>());
    }
  }
}
