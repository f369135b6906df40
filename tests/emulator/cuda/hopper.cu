// wgmma from CUDA C++ through inline PTX: operands from descriptors and registers, every family of types, pipelines
// over cp.async, and a warp-specialised GEMM with setmaxnreg.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

namespace {

__device__ uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

/// Descriptor of an operand; offsets in bytes, mode 0 none, 1 128 B, 2 64 B, 3 32 B.
__device__ uint64_t descriptor(const void *p, uint32_t leading, uint32_t stride, uint64_t mode) {
  return (shared_address(p) & 0x3ffff) >> 4 | static_cast<uint64_t>(leading >> 4) << 16 |
         static_cast<uint64_t>(stride >> 4) << 32 | mode << 62;
}

__device__ void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int N> __device__ void wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory"); }
__device__ void proxy_fence() { asm volatile("fence.proxy.async;" ::: "memory"); }
/// Keeps the compiler from moving accesses of the registers across the fence.
template <class T, int N> __device__ void pin(T (&d)[N]) {
#pragma unroll
  for (int i = 0; i < N; ++i) {
    if constexpr (sizeof(T) == 4 && static_cast<T>(0.5f) != T(0))
      asm volatile("" : "+f"(d[i])::"memory");
    else
      asm volatile("" : "+r"(d[i])::"memory");
  }
}

#define TW_D8(d, c)                                                                                                    \
  "+" c(d[0]), "+" c(d[1]), "+" c(d[2]), "+" c(d[3]), "+" c(d[4]), "+" c(d[5]), "+" c(d[6]), "+" c(d[7])

/// D (64 x 16) += A * B, both from shared memory.
template <int TransA = 0, int TransB = 0> __device__ void bf16_n16(float (&d)[8], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, 1, 1, 1, %10, %11;"
      : TW_D8(d, "f")
      : "l"(a), "l"(b), "n"(TransA), "n"(TransB));
}
__device__ void f16_registers_n16(float (&d)[8], const uint32_t (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n16k16.f32.f16.f16 {%0,%1,%2,%3,%4,%5,%6,%7}, {%8,%9,%10,%11}, %12, 1, 1, 1, 0;"
      : TW_D8(d, "f")
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ void tf32_n16(float (&d)[8], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n16k8.f32.tf32.tf32 {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, 1, 1, 1;"
               : TW_D8(d, "f")
               : "l"(a), "l"(b));
}
__device__ void e4m3_n16(float (&d)[8], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n16k32.f32.e4m3.e5m2 {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, 1, 1, 1;"
               : TW_D8(d, "f")
               : "l"(a), "l"(b));
}
__device__ void s8_n16(int (&d)[8], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n16k32.s32.s8.u8 {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, 1;"
               : TW_D8(d, "r")
               : "l"(a), "l"(b));
}

/// Copies rows of `bytes` bytes into 16-byte pieces swizzled over rows of 128 bytes.
__device__ void fill_swizzled(unsigned char *to, const unsigned char *from, int rows, int bytes) {
  for (int i = threadIdx.x; i < rows * bytes / 16; i += blockDim.x) {
    int row = i / (bytes / 16), piece = i % (bytes / 16);
    int panel = piece / 8, at = panel * rows * 128 + row * 128 + (piece % 8) * 16;
    at ^= at >> 3 & 0x70;
    *reinterpret_cast<int4 *>(to + at) = *reinterpret_cast<const int4 *>(from + row * bytes + piece * 16);
  }
}

template <class T> __device__ void store_n16(T *out, const T (&d)[8]) {
  int lane = threadIdx.x % 32, row = threadIdx.x % 128 / 32 * 16 + lane / 4;
#pragma unroll
  for (int i = 0; i < 8; ++i) out[(row + i / 2 % 2 * 8) * 16 + i / 4 * 8 + lane % 4 * 2 + i % 2] = d[i];
}

template <class T, int N> __device__ void clear(T (&d)[N]) {
#pragma unroll
  for (int i = 0; i < N; ++i) d[i] = 0;
}

} // namespace

/// One 64 x 16 tile of K-major operands with 128 bytes along K, swizzled; Step is the wgmma's 32 bytes of K.
#define TW_SS_KERNEL(name, type, multiply)                                                                             \
  extern "C" __global__ void __launch_bounds__(128) name(const unsigned char *a, const unsigned char *b, type *out) {  \
    __shared__ alignas(1024) unsigned char at[64 * 128], bt[16 * 128];                                                 \
    fill_swizzled(at, a, 64, 128);                                                                                     \
    fill_swizzled(bt, b, 16, 128);                                                                                     \
    proxy_fence();                                                                                                     \
    __syncthreads();                                                                                                   \
    type d[8];                                                                                                         \
    clear(d);                                                                                                          \
    pin(d);                                                                                                            \
    fence();                                                                                                           \
    uint64_t da = descriptor(at, 16, 1024, 1), db = descriptor(bt, 16, 1024, 1);                                       \
    for (int k = 0; k < 4; ++k) multiply(d, da + 2 * k, db + 2 * k);                                                   \
    commit();                                                                                                          \
    wait<0>();                                                                                                         \
    pin(d);                                                                                                            \
    store_n16(out, d);                                                                                                 \
  }

TW_SS_KERNEL(wgmma_bf16, float, bf16_n16)
TW_SS_KERNEL(wgmma_tf32, float, tf32_n16)
TW_SS_KERNEL(wgmma_fp8, float, e4m3_n16)
TW_SS_KERNEL(wgmma_int8, int, s8_n16)

/// A from registers, loaded by ldmatrix; B without swizzle.
extern "C" __global__ void __launch_bounds__(128) wgmma_registers(const __half *a, const __half *b, float *out) {
  __shared__ alignas(128) __half at[64 * 16], bt[16 * 16];
  for (int i = threadIdx.x; i < 64 * 16; i += 128) at[i] = a[i];
  for (int i = threadIdx.x; i < 16 * 16; i += 128) {
    int n = i / 16, k = i % 16;
    bt[n / 8 * 128 + k / 8 * 64 + n % 8 * 8 + k % 8] = b[i];
  }
  proxy_fence();
  __syncthreads();
  uint32_t registers[4];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  uint32_t row = shared_address(at + (warp * 16 + lane % 16) * 16 + lane / 16 * 8);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
               : "r"(row));
  float d[8];
  clear(d);
  pin(d);
  pin(registers);
  fence();
  f16_registers_n16(d, registers, descriptor(bt, 128, 256, 0));
  commit();
  wait<0>();
  pin(d);
  store_n16(out, d);
}

/// Both operands MN-major: rows of K that run along M and N, swizzled over 128 bytes.
extern "C" __global__ void __launch_bounds__(128)
    wgmma_transposed(const unsigned char *a, const unsigned char *b, float *out) {
  __shared__ alignas(1024) unsigned char at[16 * 128], bt[16 * 32];
  fill_swizzled(at, a, 16, 128);
  for (int i = threadIdx.x; i < 16 * 2; i += 128) {
    int at32 = i * 16;
    at32 ^= at32 >> 3 & 0x10;
    *reinterpret_cast<int4 *>(bt + at32) = *reinterpret_cast<const int4 *>(b + i * 16);
  }
  proxy_fence();
  __syncthreads();
  float d[8];
  clear(d);
  pin(d);
  fence();
  bf16_n16<1, 1>(d, descriptor(at, 16, 1024, 1), descriptor(bt, 16, 256, 3));
  commit();
  wait<0>();
  pin(d);
  store_n16(out, d);
}

/// 64 x 16 of a long product: two stages filled by cp.async while the tensor cores work on the other.
extern "C" __global__ void __launch_bounds__(128)
    wgmma_pipelined(const unsigned char *a, const unsigned char *b, float *out, int tiles) {
  extern __shared__ __align__(1024) unsigned char stages[];
  auto fetch = [&](int tile) {
    unsigned char *stage = stages + tile % 2 * 10240;
    for (int i = threadIdx.x; i < 80 * 8; i += 128) {
      int row = i / 8, piece = i % 8, at = row * 128 + piece * 16;
      at ^= at >> 3 & 0x70;
      const unsigned char *from = row < 64 ? a + (row * tiles + tile) * 128 : b + ((row - 64) * tiles + tile) * 128;
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(stage + at)),
                   "l"(from + piece * 16));
    }
    asm volatile("cp.async.commit_group;");
  };
  float d[8];
  clear(d);
  fetch(0);
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    if (tile + 1 < tiles) {
      fetch(tile + 1);
      asm volatile("cp.async.wait_group 1;" ::: "memory");
    } else {
      asm volatile("cp.async.wait_group 0;" ::: "memory");
    }
    proxy_fence();
    __syncthreads();
    unsigned char *stage = stages + tile % 2 * 10240;
    uint64_t da = descriptor(stage, 16, 1024, 1), db = descriptor(stage + 8192, 16, 1024, 1);
    pin(d);
    fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) bf16_n16(d, da + 2 * k, db + 2 * k);
    commit();
    wait<0>();
    pin(d);
    __syncthreads();
  }
  store_n16(out, d);
}

/// A producer warpgroup fills two stages for two consumer warpgroups, which hold 64 rows each. Full and empty stages
/// are named barriers; registers move from producer to consumers.
extern "C" __global__ void __launch_bounds__(384, 1)
    wgmma_roles(const unsigned char *a, const unsigned char *b, float *out, int tiles) {
  extern __shared__ __align__(1024) unsigned char stages[];
  constexpr int kStage = 128 * 128 + 16 * 128;
  int group = threadIdx.x / 128, thread = threadIdx.x % 128;
  if (group == 0) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int s = tile % 2;
      if (tile >= 2) asm volatile("bar.sync %0, 384;" ::"r"(3 + s) : "memory");
      unsigned char *stage = stages + s * kStage;
      for (int i = thread; i < 144 * 8; i += 128) {
        int row = i / 8, piece = i % 8, at = row * 128 + piece * 16;
        at ^= at >> 3 & 0x70;
        const unsigned char *from = row < 128 ? a + (row * tiles + tile) * 128 : b + ((row - 128) * tiles + tile) * 128;
        *reinterpret_cast<int4 *>(stage + at) = *reinterpret_cast<const int4 *>(from + piece * 16);
      }
      proxy_fence();
      asm volatile("bar.arrive %0, 384;" ::"r"(1 + s) : "memory");
    }
    return;
  }
  asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
  float d[8];
  clear(d);
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int s = tile % 2;
    asm volatile("bar.sync %0, 384;" ::"r"(1 + s) : "memory");
    unsigned char *stage = stages + s * kStage;
    uint64_t da = descriptor(stage + (group - 1) * 8192, 16, 1024, 1), db = descriptor(stage + 16384, 16, 1024, 1);
    pin(d);
    fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) bf16_n16(d, da + 2 * k, db + 2 * k);
    commit();
    wait<0>();
    pin(d);
    if (tile + 2 < tiles) asm volatile("bar.arrive %0, 384;" ::"r"(3 + s) : "memory");
  }
  store_n16(out + (group - 1) * 64 * 16, d);
}

/// Two products in flight: the second is issued before the first is waited for.
extern "C" __global__ void __launch_bounds__(128)
    wgmma_two_groups(const unsigned char *a, const unsigned char *b, float *first, float *second) {
  __shared__ alignas(1024) unsigned char at[64 * 128], bt[16 * 128];
  fill_swizzled(at, a, 64, 128);
  fill_swizzled(bt, b, 16, 128);
  proxy_fence();
  __syncthreads();
  float d[8], e[8];
  clear(d);
  clear(e);
  pin(d);
  pin(e);
  fence();
  uint64_t da = descriptor(at, 16, 1024, 1), db = descriptor(bt, 16, 1024, 1);
  bf16_n16(d, da, db);
  commit();
  bf16_n16(e, da + 2, db + 2);
  commit();
  wait<1>();
  pin(d);
  store_n16(first, d);
  wait<0>();
  pin(e);
  store_n16(second, e);
}

/// The first product's operands are overwritten while it may still read them.
extern "C" __global__ void __launch_bounds__(128)
    wgmma_overwritten(const unsigned char *a, const unsigned char *b, float *out) {
  __shared__ alignas(1024) unsigned char at[64 * 128], bt[16 * 128];
  fill_swizzled(at, a, 64, 128);
  fill_swizzled(bt, b, 16, 128);
  proxy_fence();
  __syncthreads();
  float d[8];
  clear(d);
  pin(d);
  fence();
  bf16_n16(d, descriptor(at, 16, 1024, 1), descriptor(bt, 16, 1024, 1));
  commit();
  __syncthreads();
  fill_swizzled(bt, a, 16, 128);
  wait<0>();
  pin(d);
  store_n16(out, d);
}

/// No proxy fence between the writes of the operands and the product.
extern "C" __global__ void __launch_bounds__(128)
    wgmma_unfenced(const unsigned char *a, const unsigned char *b, float *out) {
  __shared__ alignas(1024) unsigned char at[64 * 128], bt[16 * 128];
  fill_swizzled(at, a, 64, 128);
  fill_swizzled(bt, b, 16, 128);
  __syncthreads();
  float d[8];
  clear(d);
  pin(d);
  fence();
  bf16_n16(d, descriptor(at, 16, 1024, 1), descriptor(bt, 16, 1024, 1));
  commit();
  wait<0>();
  pin(d);
  store_n16(out, d);
}

namespace {

__device__ void bf16_n128(float (&d)[64], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, "
               "%11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, "
               "%31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, "
               "%51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, %64, %65, 1, 1, 1, 0, 0;"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]),
                 "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),
                 "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]),
                 "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]),
                 "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]),
                 "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]),
                 "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]),
                 "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
               : "l"(a), "l"(b));
}

__device__ void barrier_init(uint64_t *barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count) : "memory");
}
__device__ void barrier_wait(uint64_t *barrier, int parity) {
  asm volatile(
      "{\n.reg .pred done;\nWAIT: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n@!done bra WAIT;\n}" ::"r"(
          shared_address(barrier)),
      "r"(parity)
      : "memory");
}
__device__ void barrier_arrive(uint64_t *barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
__device__ void barrier_expect(uint64_t *barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
               : "memory");
}
__device__ void bulk_load(void *to, const void *from, int bytes, uint64_t *barrier) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                   shared_address(to)),
               "l"(from), "r"(bytes), "r"(shared_address(barrier))
               : "memory");
}

} // namespace

/// C (m x n) = A * B^T of bf16, in blocks of 128 x 128: one thread feeds a ring of stages by bulk copies of tiles that
/// already lie swizzled in global memory; one thread of each consumer warpgroup gives a stage back.
extern "C" __global__ void __launch_bounds__(384, 1)
    wgmma_ring(const unsigned char *a, const unsigned char *b, float *c, int tiles, int columns) {
  constexpr int kStages = 3, kTile = 128 * 128;
  extern __shared__ __align__(1024) unsigned char stages[];
  __shared__ alignas(8) uint64_t full[kStages], empty[kStages];
  if (threadIdx.x == 0) {
    for (int s = 0; s < kStages; ++s) {
      barrier_init(&full[s], 1);
      barrier_init(&empty[s], 2);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
  int group = threadIdx.x / 128, thread = threadIdx.x % 128;
  if (group == 0) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (thread == 0)
#pragma unroll 1
      for (int tile = 0; tile < tiles; ++tile) {
        int s = tile % kStages, round = tile / kStages;
        barrier_wait(&empty[s], (round + 1) & 1);
        barrier_expect(&full[s], 2 * kTile);
        bulk_load(stages + s * 2 * kTile, a + (blockIdx.y * tiles + tile) * kTile, kTile, &full[s]);
        bulk_load(stages + s * 2 * kTile + kTile, b + (blockIdx.x * tiles + tile) * kTile, kTile, &full[s]);
      }
    return;
  }
  asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
  float d[64];
  clear(d);
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int s = tile % kStages;
    barrier_wait(&full[s], tile / kStages & 1);
    unsigned char *stage = stages + s * 2 * kTile;
    uint64_t da = descriptor(stage + (group - 1) * 8192, 16, 1024, 1), db = descriptor(stage + kTile, 16, 1024, 1);
    pin(d);
    fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) bf16_n128(d, da + 2 * k, db + 2 * k);
    commit();
    wait<0>();
    pin(d);
    if (thread == 0) barrier_arrive(&empty[s]);
  }
  int lane = thread % 32, row = blockIdx.y * 128 + (group - 1) * 64 + thread / 32 * 16 + lane / 4;
#pragma unroll
  for (int i = 0; i < 64; ++i)
    c[(row + i / 2 % 2 * 8) * columns + blockIdx.x * 128 + i / 4 * 8 + lane % 4 * 2 + i % 2] = d[i];
}
