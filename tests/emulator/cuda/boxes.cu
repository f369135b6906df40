// Boxes of tensors of one to three dimensions with every swizzle, loaded and stored by tensor copies.
#include <cstdint>

namespace {

struct alignas(64) Map {
  unsigned char bytes[128];
};

__device__ uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

/// The byte of shared memory that holds byte `at` of a box with a swizzle of `kSpan` bytes.
template <int kSpan> __device__ unsigned char *swizzled(unsigned char *at) {
  constexpr uint32_t kMask = kSpan == 0 ? 0 : kSpan - 16;
  uint32_t address = shared_address(at);
  return at + (static_cast<int>(address ^ (address >> 3 & kMask)) - static_cast<int>(address));
}

template <int kRank> __device__ void load_box(void *to, const Map *map, int x, int y, int z, uint64_t *barrier) {
  uint32_t tile = shared_address(to), bar = shared_address(barrier);
  if constexpr (kRank == 1)
    asm volatile("cp.async.bulk.tensor.1d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2}], "
                 "[%3];" ::"r"(tile),
                 "l"(map), "r"(x), "r"(bar)
                 : "memory");
  else if constexpr (kRank == 2)
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, "
                 "%3}], [%4];" ::"r"(tile),
                 "l"(map), "r"(x), "r"(y), "r"(bar)
                 : "memory");
  else
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, "
                 "%3, %4}], [%5];" ::"r"(tile),
                 "l"(map), "r"(x), "r"(y), "r"(z), "r"(bar)
                 : "memory");
}

template <int kRank> __device__ void store_box(const Map *map, int x, int y, int z, const void *from) {
  uint32_t tile = shared_address(from);
  if constexpr (kRank == 1)
    asm volatile("cp.async.bulk.tensor.1d.global.shared::cta.tile.bulk_group [%0, {%1}], [%2];" ::"l"(map), "r"(x),
                 "r"(tile)
                 : "memory");
  else if constexpr (kRank == 2)
    asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%1, %2}], [%3];" ::"l"(map), "r"(x),
                 "r"(y), "r"(tile)
                 : "memory");
  else
    asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group [%0, {%1, %2, %3}], [%4];" ::"l"(map),
                 "r"(x), "r"(y), "r"(z), "r"(tile)
                 : "memory");
}

/// Copies a box of `bytes` bytes at (x, y, z) to `out`, dense; in shared memory it begins `shift` bytes behind an
/// address that no swizzle moves.
template <int kRank, int kSpan>
__device__ void load_kernel(const Map &map, unsigned char *out, int x, int y, int z, int bytes, int shift) {
  __shared__ alignas(1024) unsigned char tile[8192];
  __shared__ alignas(8) uint64_t barrier;
  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&barrier)) : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&barrier)), "r"(bytes)
                 : "memory");
    load_box<kRank>(tile + shift, &map, x, y, z, &barrier);
  }
  __syncthreads();
  uint32_t done = 0;
  while (done == 0)
    asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0;\nselp.u32 %0, 1, 0, p;\n}"
                 : "=r"(done)
                 : "r"(shared_address(&barrier))
                 : "memory");
  for (int i = threadIdx.x; i < bytes; i += blockDim.x) out[i] = *swizzled<kSpan>(tile + shift + i);
}

/// The other way.
template <int kRank, int kSpan>
__device__ void store_kernel(const Map &map, const unsigned char *in, int x, int y, int z, int bytes, int shift) {
  __shared__ alignas(1024) unsigned char tile[8192];
  for (int i = threadIdx.x; i < bytes; i += blockDim.x) *swizzled<kSpan>(tile + shift + i) = in[i];
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (threadIdx.x != 0) return;
  store_box<kRank>(&map, x, y, z, tile + shift);
  asm volatile("cp.async.bulk.commit_group;\n\tcp.async.bulk.wait_group.read 0;" ::: "memory");
}

} // namespace

#define TW_BOX(rank, span)                                                                                             \
  extern "C" __global__ void load_##rank##d_##span(const __grid_constant__ Map map, unsigned char *out, int x, int y,  \
                                                   int z, int bytes, int shift) {                                      \
    load_kernel<rank, span>(map, out, x, y, z, bytes, shift);                                                          \
  }                                                                                                                    \
  extern "C" __global__ void store_##rank##d_##span(const __grid_constant__ Map map, const unsigned char *in, int x,   \
                                                    int y, int z, int bytes, int shift) {                              \
    store_kernel<rank, span>(map, in, x, y, z, bytes, shift);                                                          \
  }

TW_BOX(1, 0)
TW_BOX(1, 32)
TW_BOX(1, 64)
TW_BOX(1, 128)
TW_BOX(2, 0)
TW_BOX(2, 32)
TW_BOX(2, 64)
TW_BOX(2, 128)
TW_BOX(3, 0)
TW_BOX(3, 32)
TW_BOX(3, 64)
TW_BOX(3, 128)
