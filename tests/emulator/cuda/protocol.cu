// Protocols of asynchronous code for sm_90a in which every fence, arrive, wait, commit and barrier is needed: what the
// mutation harness changes. Loops are not unrolled, so that each operation is one line of PTX.
#include <cuda_bf16.h>

#include <cstdint>

namespace {

struct alignas(64) Map {
  unsigned char bytes[128];
};

__device__ uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

__device__ void init(uint64_t *barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count) : "memory");
}
__device__ void fence_init() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
/// True until the phase of that parity is over. The loop is C++ so that every wait stays one instruction.
__device__ bool open(uint64_t *barrier, uint32_t parity) {
  uint32_t done;
  asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}"
               : "=r"(done)
               : "r"(shared_address(barrier)), "r"(parity)
               : "memory");
  return done == 0;
}
__device__ void wait(uint64_t *barrier, uint32_t parity) {
  while (open(barrier, parity)) {
  }
}
__device__ void arrive(uint64_t *barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
__device__ void expect(uint64_t *barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
               : "memory");
}
__device__ void load(void *to, const void *from, uint32_t bytes, uint64_t *barrier) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                   shared_address(to)),
               "l"(from), "r"(bytes), "r"(shared_address(barrier))
               : "memory");
}
__device__ void load_box(void *to, const Map *map, int x, int y, uint64_t *barrier) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], "
               "[%4];" ::"r"(shared_address(to)),
               "l"(map), "r"(x), "r"(y), "r"(shared_address(barrier))
               : "memory");
}
__device__ void store(void *to, const void *from, uint32_t bytes) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(shared_address(from)),
               "r"(bytes)
               : "memory");
}
__device__ void commit_stores() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
template <int N> __device__ void wait_sources() { asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(N) : "memory"); }
template <int N> __device__ void wait_stores() { asm volatile("cp.async.bulk.wait_group %0;" ::"n"(N) : "memory"); }
__device__ void fence_shared() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
__device__ void fence_global() { asm volatile("fence.proxy.async.global;" ::: "memory"); }

__device__ void cluster_arrive() { asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory"); }
/// Enough after fence.mbarrier_init, or another fence of the cluster.
__device__ void cluster_arrive_relaxed() { asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory"); }
__device__ void cluster_wait() { asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory"); }
__device__ uint32_t rank() {
  uint32_t r;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(r));
  return r;
}
/// The address in another block of the cluster.
__device__ uint32_t remote(const void *p, uint32_t rank) {
  uint32_t a;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(a) : "r"(shared_address(p)), "r"(rank));
  return a;
}

/// Descriptor of an operand whose rows of 128 bytes are swizzled over 128 bytes.
__device__ uint64_t descriptor(const void *p) {
  return (shared_address(p) & 0x3ffff) >> 4 | uint64_t{1} << 16 | uint64_t{64} << 32 | uint64_t{1} << 62;
}
__device__ void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int N> __device__ void wgmma_wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory"); }
#define TW_D8(d)                                                                                                       \
  "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
__device__ void pin(float (&d)[8]) { asm volatile("" : TW_D8(d)::"memory"); }
__device__ void multiply(float (&d)[8], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, 1, 1, 1, 0, 0;"
      : TW_D8(d)
      : "l"(a), "l"(b));
}
__device__ void multiply_registers(float (&d)[8], const uint32_t (&a)[4], uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {%0,%1,%2,%3,%4,%5,%6,%7}, {%8,%9,%10,%11}, %12, "
               "1, 1, 1, 0;"
               : TW_D8(d)
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
/// The place of accumulator i of this thread in a tile of 64 x 16.
__device__ int place(int thread, int i) {
  int lane = thread % 32, row = thread / 32 * 16 + lane / 4;
  return (row + i / 2 % 2 * 8) * 16 + i / 4 * 8 + lane % 4 * 2 + i % 2;
}

} // namespace

/// C (64 x 16) = A * B^T of bf16: a producer warp loads boxes through tensor maps into a ring of three stages, a
/// warpgroup keeps one product in flight and gives a stage back once the product that reads it is complete; the result
/// leaves by a bulk store.
extern "C" __global__ void __launch_bounds__(160, 1)
    protocol_gemm(const __grid_constant__ Map a, const __grid_constant__ Map b, float *c, int tiles) {
  constexpr int kStages = 3;
  __shared__ alignas(1024) unsigned char at[kStages][64 * 128], bt[kStages][16 * 128];
  __shared__ alignas(16) float result[64 * 16];
  __shared__ alignas(8) uint64_t full[kStages], empty[kStages];
  if (threadIdx.x == 128) {
#pragma unroll 1
    for (int s = 0; s < kStages; ++s) {
      init(&full[s], 1);
      init(&empty[s], 1);
    }
    fence_init();
  }
  __syncthreads();
  if (threadIdx.x >= 128) {
    if (threadIdx.x != 128) return;
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int s = tile % kStages;
      wait(&empty[s], tile / kStages & 1 ^ 1);
      expect(&full[s], 80 * 128);
      load_box(at[s], &a, tile * 64, 0, &full[s]);
      load_box(bt[s], &b, tile * 64, 0, &full[s]);
    }
    return;
  }
  float d[8] = {};
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int s = tile % kStages;
    wait(&full[s], tile / kStages & 1);
    uint64_t da = descriptor(at[s]), db = descriptor(bt[s]);
    pin(d);
    wgmma_fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) multiply(d, da + 2 * k, db + 2 * k);
    wgmma_commit();
    if (tile > 0) {
      wgmma_wait<1>();
      if (threadIdx.x == 0) arrive(&empty[(tile - 1) % kStages]);
    }
  }
  wgmma_wait<0>();
  pin(d);
#pragma unroll
  for (int i = 0; i < 8; ++i) result[place(threadIdx.x, i)] = d[i];
  fence_shared();
  asm volatile("bar.sync 1, 128;" ::: "memory");
  if (threadIdx.x == 0) {
    store(c, result, sizeof(result));
    commit_stores();
    wait_sources<0>();
  }
}

/// A of every tile goes through registers that the next tile overwrites; B lies in shared memory for good.
extern "C" __global__ void __launch_bounds__(128)
    protocol_registers(const uint32_t *a, const unsigned char *b, float *out, int tiles) {
  __shared__ alignas(1024) unsigned char bt[16 * 128];
  int thread = threadIdx.x, lane = thread % 32, row = thread / 32 * 16 + lane / 4;
  {
    int at = thread * 16;
    at ^= at >> 3 & 0x70;
    *reinterpret_cast<int4 *>(bt + at) = *reinterpret_cast<const int4 *>(b + thread * 16);
  }
  fence_shared();
  __syncthreads();
  float d[8] = {};
  uint32_t r[4];
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    const uint32_t *from = a + tile * 64 * 8 + row * 8 + lane % 4;
    r[0] = from[0], r[1] = from[64], r[2] = from[4], r[3] = from[68];
    asm volatile("" : "+r"(r[0]), "+r"(r[1]), "+r"(r[2]), "+r"(r[3])::"memory");
    pin(d);
    wgmma_fence();
    multiply_registers(d, r, descriptor(bt) + 2 * (tile % 4));
    wgmma_commit();
    wgmma_wait<0>();
    pin(d);
  }
#pragma unroll
  for (int i = 0; i < 8; ++i) out[place(thread, i)] = d[i];
}

/// Tiles pass through two buffers: loaded, changed, stored; a buffer is loaded again when its last store has read it.
extern "C" __global__ void protocol_stream(const int *in, int *out, int tiles) {
  constexpr int kTile = 128;
  __shared__ alignas(128) int buffer[2][kTile];
  __shared__ alignas(8) uint64_t full[2];
  if (threadIdx.x == 0) {
    init(&full[0], 1);
    init(&full[1], 1);
    fence_init();
  }
  __syncthreads();
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int s = tile & 1;
    if (threadIdx.x == 0) {
      wait_sources<1>();
      expect(&full[s], sizeof(buffer[0]));
      load(buffer[s], in + tile * kTile, sizeof(buffer[0]), &full[s]);
    }
    wait(&full[s], tile >> 1 & 1);
    buffer[s][threadIdx.x] += tile;
    fence_shared();
    __syncthreads();
    if (threadIdx.x == 0) {
      store(out + tile * kTile, buffer[s], sizeof(buffer[0]));
      commit_stores();
    }
  }
  if (threadIdx.x == 0) wait_sources<0>();
}

/// Block 0 publishes a bulk store; block 1 reads it with plain loads and once more by a bulk load.
extern "C" __global__ void protocol_publish(int *data, int *flag, int *out) {
  __shared__ alignas(128) int tile[64];
  __shared__ alignas(8) uint64_t full;
  int t = threadIdx.x;
  if (blockIdx.x == 0) {
    tile[t] = 5 * t;
    fence_shared();
    __syncthreads();
    if (t == 0) {
      store(data, tile, sizeof(tile));
      commit_stores();
      wait_stores<0>();
      fence_global();
      asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flag), "r"(1) : "memory");
    }
    return;
  }
  if (t == 0) {
    init(&full, 1);
    fence_init();
    int seen;
    do
      asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(flag) : "memory");
    while (seen == 0);
    expect(&full, sizeof(tile));
    load(tile, data, sizeof(tile), &full);
  }
  __syncthreads();
  int direct = data[t];
  wait(&full, 0);
  out[t] = direct + tile[t];
}

/// A flag written with relaxed stores between fences of the device, and a counter that the last block reads.
extern "C" __global__ void protocol_last_block(int *partial, int *counter, int *out) {
  __shared__ int last;
  int t = threadIdx.x;
  partial[blockIdx.x * 64 + t] = static_cast<int>(blockIdx.x) + t;
  __syncthreads();
  if (t == 0) {
    int before;
    asm volatile("fence.acq_rel.gpu;" ::: "memory");
    asm volatile("atom.relaxed.gpu.global.add.u32 %0, [%1], 1;" : "=r"(before) : "l"(counter) : "memory");
    asm volatile("fence.acq_rel.gpu;" ::: "memory");
    last = before == static_cast<int>(gridDim.x) - 1;
  }
  __syncthreads();
  if (last == 0) return;
  int sum = 0;
#pragma unroll 1
  for (int b = 0; b < static_cast<int>(gridDim.x); ++b) sum += partial[b * 64 + t];
  out[t] = sum;
}

/// cp.async that completes on mbarriers: a producer warp fills three stages of 32 x 16 bytes, a consumer warp reads.
extern "C" __global__ void protocol_copies(const int4 *in, int4 *out, int tiles) {
  constexpr int kStages = 3;
  __shared__ alignas(128) int4 stage[kStages][32];
  __shared__ alignas(8) uint64_t full[kStages], empty[kStages];
  if (threadIdx.x == 0) {
#pragma unroll 1
    for (int s = 0; s < kStages; ++s) {
      init(&full[s], 32);
      init(&empty[s], 1);
    }
  }
  __syncthreads();
  int lane = threadIdx.x % 32;
  if (threadIdx.x < 32) {
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int s = tile % kStages;
      wait(&empty[s], tile / kStages & 1 ^ 1);
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&stage[s][lane])),
                   "l"(in + tile * 32 + lane)
                   : "memory");
      asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(shared_address(&full[s])) : "memory");
    }
    return;
  }
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int s = tile % kStages;
    wait(&full[s], tile / kStages & 1);
    int4 v = stage[s][31 - lane];
    out[tile * 32 + lane] = v;
    __syncwarp();
    if (lane == 0) arrive(&empty[s]);
  }
}

/// Three groups of cp.async in flight, a block-wide barrier on each side of their use.
extern "C" __global__ void protocol_groups(const int4 *in, int4 *out, int tiles) {
  constexpr int kStages = 3;
  __shared__ alignas(128) int4 stage[kStages][64];
  int t = threadIdx.x;
  auto fetch = [&](int tile) {
    if (tile < tiles)
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&stage[tile % kStages][t])),
                   "l"(in + tile * 64 + t)
                   : "memory");
    asm volatile("cp.async.commit_group;" ::: "memory");
  };
  fetch(0);
  fetch(1);
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    __syncthreads();
    fetch(tile + 2);
    out[tile * 64 + t] = stage[tile % kStages][63 - t];
  }
}

/// Two blocks share each tile: both load a half and send it to both; a stage is given back at both blocks, whose
/// barriers count the consumers of the whole cluster.
extern "C" __global__ void __cluster_dims__(2, 1, 1) protocol_multicast(const int *in, int *out, int tiles) {
  constexpr int kStages = 2, kHalf = 64;
  __shared__ alignas(128) int stage[kStages][2 * kHalf];
  __shared__ alignas(8) uint64_t full[kStages], empty[kStages];
  uint32_t me = rank();
  if (threadIdx.x == 0) {
#pragma unroll 1
    for (int s = 0; s < kStages; ++s) {
      init(&full[s], 1);
      init(&empty[s], 2);
    }
    fence_init();
  }
  cluster_arrive();
  cluster_wait();
  int t = static_cast<int>(threadIdx.x) - 32;
  if (t < 0) {
    if (t == -32)
#pragma unroll 1
      for (int tile = 0; tile < tiles; ++tile) {
        int s = tile % kStages;
        uint32_t parity = tile / kStages & 1 ^ 1, done;
        do
          asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n"
                       "selp.u32 %0, 1, 0, p;\n}"
                       : "=r"(done)
                       : "r"(shared_address(&empty[s])), "r"(parity)
                       : "memory");
        while (done == 0);
        expect(&full[s], sizeof(stage[0]));
        asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1], "
                     "%2, [%3], %4;" ::"r"(shared_address(&stage[s][me * kHalf])),
                     "l"(in + (tile * 2 + me) * kHalf), "r"(kHalf * 4), "r"(shared_address(&full[s])),
                     "h"(static_cast<uint16_t>(3))
                     : "memory");
      }
  } else {
    int sum = 0;
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int s = tile % kStages;
      wait(&full[s], tile / kStages & 1);
      sum += stage[s][t * 4 + static_cast<int>(me)] + stage[s][127 - t];
      __syncwarp();
      if (t < 2)
        asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(remote(&empty[s], t))
                     : "memory");
    }
    out[blockIdx.x * 32 + t] = sum;
  }
  cluster_arrive();
  cluster_wait();
}

/// Rounds of an exchange through the neighbour's shared memory: st.async out, an mbarrier in, a remote arrive back.
extern "C" __global__ void __cluster_dims__(2, 1, 1) protocol_exchange(int *out, int rounds) {
  __shared__ alignas(16) int inbox[32];
  __shared__ alignas(8) uint64_t full, empty;
  uint32_t other = rank() ^ 1;
  int t = threadIdx.x;
  if (t == 0) {
    init(&full, 1);
    init(&empty, 32);
    fence_init();
  }
  cluster_arrive_relaxed();
  cluster_wait();
  int sum = 0;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    if (t == 0) expect(&full, sizeof(inbox));
    uint32_t parity = round & 1, done;
    do
      asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n"
                   "selp.u32 %0, 1, 0, p;\n}"
                   : "=r"(done)
                   : "r"(shared_address(&empty)), "r"(parity ^ 1)
                   : "memory");
    while (done == 0);
    asm volatile("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.u32 [%0], %1, [%2];" ::"r"(
                     remote(&inbox[t], other)),
                 "r"(round * 100 + t + static_cast<int>(other)), "r"(remote(&full, other))
                 : "memory");
    wait(&full, parity);
    sum += inbox[31 - t];
    asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(remote(&empty, other))
                 : "memory");
  }
  out[blockIdx.x * 32 + t] = sum;
  cluster_arrive();
  cluster_wait();
}

/// Plain loads and stores of distributed shared memory between cluster barriers.
extern "C" __global__ void __cluster_dims__(2, 1, 1) protocol_neighbour(int *out, int rounds) {
  __shared__ int value[32];
  uint32_t other = rank() ^ 1;
  int t = threadIdx.x, sum = 0;
  value[t] = static_cast<int>(blockIdx.x) * 10 + t;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    cluster_arrive();
    cluster_wait();
    int seen;
    asm volatile("ld.shared::cluster.u32 %0, [%1];" : "=r"(seen) : "r"(remote(&value[31 - t], other)) : "memory");
    sum += seen;
    cluster_arrive();
    cluster_wait();
    value[t] += seen;
  }
  out[blockIdx.x * 32 + t] = sum;
}

/// Warps exchange through shared memory: within a warp, and between a writing and a reading warp at named barriers.
extern "C" __global__ void protocol_warps(const int *in, int *out, int rounds) {
  __shared__ int own[2][32], passed[32];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, sum = 0;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    own[warp][lane] = in[round * 32 + lane] + warp;
    __syncwarp();
    int mirrored = own[warp][31 - lane];
    __syncwarp();
    if (warp == 0) {
      if (round > 0) asm volatile("bar.sync 2, 64;" ::: "memory");
      passed[lane] = mirrored;
      asm volatile("bar.arrive 1, 64;" ::: "memory");
    } else {
      asm volatile("bar.sync 1, 64;" ::: "memory");
      sum += passed[31 - lane] + mirrored;
      if (round + 1 < rounds) asm volatile("bar.arrive 2, 64;" ::: "memory");
    }
  }
  if (warp == 1) out[lane] = sum;
}

namespace {

/// The map reads from `address` from now on; it lies in shared or in global memory.
__device__ void redirect_shared(Map *map, const void *address) {
  asm volatile("tensormap.replace.tile.global_address.shared::cta.b1024.b64 [%0], %1;" ::"r"(shared_address(map)),
               "l"(address)
               : "memory");
}
__device__ void redirect(Map *map, const void *address) {
  asm volatile("tensormap.replace.tile.global_address.global.b1024.b64 [%0], %1;" ::"l"(map), "l"(address) : "memory");
}
__device__ void acquire_map(const Map *map) {
  asm volatile("fence.proxy.tensormap::generic.acquire.gpu [%0], 128;" ::"l"(map) : "memory");
}

} // namespace

/// Boxes of 8 x 8 ints from matrices that only the kernel knows: a warp changes a map in shared memory, copies it out
/// and releases it, and reads through it.
extern "C" __global__ void protocol_maps(const __grid_constant__ Map pattern, Map *workspace, const int *in, int *out,
                                         int tiles) {
  __shared__ alignas(128) Map staged;
  __shared__ alignas(128) int tile[64];
  __shared__ alignas(8) uint64_t full;
  int t = threadIdx.x;
  if (t == 0) {
    init(&full, 1);
    fence_init();
  }
  if (t < 32) reinterpret_cast<uint32_t *>(&staged)[t] = reinterpret_cast<const uint32_t *>(&pattern)[t];
  __syncthreads();
  int sum = 0;
#pragma unroll 1
  for (int i = 0; i < tiles; ++i) {
    if (t < 32) {
      if (t == 0) redirect_shared(&staged, in + i * 64);
      __syncwarp();
      asm volatile("tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned [%0], [%1], "
                   "128;" ::"l"(workspace),
                   "r"(shared_address(&staged))
                   : "memory");
      if (t == 0) {
        expect(&full, sizeof(tile));
        acquire_map(workspace);
        load_box(tile, workspace, 0, 0, &full);
      }
    }
    wait(&full, i & 1);
    sum += tile[63 - t];
    __syncthreads();
  }
  out[t] = sum;
}

/// The same with a map that is changed where it lies, by one warp, and used by another.
extern "C" __global__ void protocol_replace(const __grid_constant__ Map pattern, Map *workspace, const int *in, int *out,
                                            int tiles) {
  __shared__ alignas(128) int tile[64];
  __shared__ alignas(8) uint64_t full;
  int t = threadIdx.x;
  if (t == 0) {
    init(&full, 1);
    fence_init();
    for (int i = 0; i < 32; ++i)
      reinterpret_cast<uint32_t *>(workspace)[i] = reinterpret_cast<const uint32_t *>(&pattern)[i];
  }
  int sum = 0;
#pragma unroll 1
  for (int i = 0; i < tiles; ++i) {
    if (t == 0) {
      redirect(workspace, in + i * 64);
      asm volatile("fence.proxy.tensormap::generic.release.gpu;" ::: "memory");
    }
    __syncthreads();
    if (t == 32) {
      expect(&full, sizeof(tile));
      acquire_map(workspace);
      load_box(tile, workspace, 0, 0, &full);
    }
    wait(&full, i & 1);
    sum += tile[63 - t];
  }
  out[t] = sum;
}

/// The first of two grids; the second may start before it ends.
extern "C" __global__ void protocol_first(const int *in, int *between, int *) {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
  int i = blockIdx.x * 64 + threadIdx.x;
  between[i] = in[i] * 3;
}
/// The second one: reads what the first wrote by plain loads and by a bulk copy.
extern "C" __global__ void protocol_second(const int *, const int *between, int *out) {
  __shared__ alignas(128) int tile[64];
  __shared__ alignas(8) uint64_t full;
  int t = threadIdx.x, i = blockIdx.x * 64 + t;
  if (t == 0) {
    init(&full, 1);
    fence_init();
  }
  __syncthreads();
  asm volatile("griddepcontrol.wait;" ::: "memory");
  if (t == 0) {
    expect(&full, sizeof(tile));
    load(tile, between + blockIdx.x * 64, sizeof(tile), &full);
  }
  int direct = between[i];
  wait(&full, 0);
  out[i] = direct + tile[63 - t];
}
