// Half and bfloat16 maths, asynchronous copies, tensor cores, printf and assert.
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <mma.h>

extern "C" __global__ void half_math(const __half *a, const __half *b, __half *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  out[i * 5 + 0] = __hadd(a[i], b[i]);
  out[i * 5 + 1] = __hmul(a[i], b[i]);
  out[i * 5 + 2] = __hfma(a[i], b[i], a[i]);
  out[i * 5 + 3] = __hmax(a[i], b[i]);
  out[i * 5 + 4] = __float2half(__half2float(a[i]) * 3.0f);
}

extern "C" __global__ void bfloat_math(const __nv_bfloat162 *a, const __nv_bfloat162 *b, __nv_bfloat162 *out, float *sums) {
  int i = threadIdx.x;
  out[i] = __hfma2(a[i], b[i], a[i]);
  sums[i] = __low2float(a[i]) + __high2float(b[i]);
}

extern "C" __global__ void async_copy(const float4 *in, float4 *out, int tiles) {
  __shared__ float4 buffer[2][64];
  int t = threadIdx.x;
  __pipeline_memcpy_async(&buffer[0][t], &in[t], 16);
  __pipeline_commit();
#pragma unroll 1
  for (int i = 0; i < tiles; ++i) {
    if (i + 1 < tiles) __pipeline_memcpy_async(&buffer[(i + 1) & 1][t], &in[(i + 1) * 64 + t], 16);
    __pipeline_commit();
    __pipeline_wait_prior(1);
    __syncthreads();
    out[i * 64 + t] = buffer[i & 1][63 - t];
    __syncthreads();
  }
}

extern "C" __global__ void async_copy_without_wait(const float4 *in, float4 *out) {
  __shared__ float4 buffer[64];
  int t = threadIdx.x;
  __pipeline_memcpy_async(&buffer[t], &in[t], 16);
  __pipeline_commit();
  __syncthreads();
  out[t] = buffer[63 - t];
}

extern "C" __global__ void mma_gemm(const __half *a, const __half *b, float *c) {
  // One warp, one m16n8k16 product by ldmatrix and mma; a is 16 x 16, b is 16 x 8 (column major: 8 rows of 16).
  __shared__ __align__(16) __half as[16 * 16], bs[8 * 16];
  int lane = threadIdx.x;
  for (int i = lane; i < 256; i += 32) as[i] = a[i];
  for (int i = lane; i < 128; i += 32) bs[i] = b[i];
  __syncthreads();
  unsigned ra[4], rb[2];
  unsigned pa = static_cast<unsigned>(__cvta_generic_to_shared(&as[(lane % 16) * 16 + lane / 16 * 8]));
  unsigned pb = static_cast<unsigned>(__cvta_generic_to_shared(&bs[(lane % 8) * 16 + lane / 8 % 2 * 8]));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(ra[0]), "=r"(ra[1]), "=r"(ra[2]), "=r"(ra[3]) : "r"(pa));
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];" : "=r"(rb[0]), "=r"(rb[1]) : "r"(pb));
  float d[4] = {0, 0, 0, 0};
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(ra[0]), "r"(ra[1]), "r"(ra[2]), "r"(ra[3]), "r"(rb[0]), "r"(rb[1]));
  int row = lane / 4, col = lane % 4 * 2;
  c[row * 8 + col] = d[0], c[row * 8 + col + 1] = d[1];
  c[(row + 8) * 8 + col] = d[2], c[(row + 8) * 8 + col + 1] = d[3];
}

extern "C" __global__ void softmax_rows(const float *in, float *out, int cols) {
  int row = blockIdx.x;
  float best = -INFINITY;
  for (int j = threadIdx.x; j < cols; j += 32) best = fmaxf(best, in[row * cols + j]);
  for (int o = 16; o; o /= 2) best = fmaxf(best, __shfl_xor_sync(~0u, best, o));
  float sum = 0;
  for (int j = threadIdx.x; j < cols; j += 32) sum += __expf(in[row * cols + j] - best);
  for (int o = 16; o; o /= 2) sum += __shfl_xor_sync(~0u, sum, o);
  for (int j = threadIdx.x; j < cols; j += 32) out[row * cols + j] = __expf(in[row * cols + j] - best) / sum;
}

extern "C" __global__ void print_some(int n) {
  if (threadIdx.x < n) printf("thread %d of %s: %.2f %5lld|%%\n", static_cast<int>(threadIdx.x), "grid", threadIdx.x * 0.5, 7ll + threadIdx.x);
}

extern "C" __global__ void assert_small(const int *in) { assert(in[threadIdx.x] < 10); }

extern "C" __global__ void racy_neighbour(int *out) {
  __shared__ int s[64];
  s[threadIdx.x] = threadIdx.x;
  out[threadIdx.x] = s[(threadIdx.x + 32) % 64];
}
