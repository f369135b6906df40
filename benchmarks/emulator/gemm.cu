// f32 matrix products through shared memory, as people write them: one output per thread, and 8 x 8 outputs per thread.
constexpr int kSide = 32;

/// c = a b for n x n matrices, n a multiple of 32; blocks of 32 x 32 threads.
extern "C" __global__ void gemm_plain(const float *a, const float *b, float *c, int n) {
  __shared__ float at[kSide][kSide], bt[kSide][kSide];
  int row = blockIdx.y * kSide + threadIdx.y, col = blockIdx.x * kSide + threadIdx.x;
  float sum = 0;
  for (int k = 0; k < n; k += kSide) {
    at[threadIdx.y][threadIdx.x] = a[row * n + k + threadIdx.x];
    bt[threadIdx.y][threadIdx.x] = b[(k + threadIdx.y) * n + col];
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kSide; ++i) sum += at[threadIdx.y][i] * bt[i][threadIdx.x];
    __syncthreads();
  }
  c[row * n + col] = sum;
}

constexpr int kTile = 128, kDepth = 8, kOutputs = 8;

/// Eight consecutive floats of shared memory, one by one or as two 16-byte vectors.
template <bool kVectors> __device__ void load_eight(float *to, const float *from) {
  if (kVectors) {
    *reinterpret_cast<float4 *>(to) = *reinterpret_cast<const float4 *>(from);
    *reinterpret_cast<float4 *>(to + 4) = *reinterpret_cast<const float4 *>(from + 4);
  } else {
#pragma unroll
    for (int i = 0; i < kOutputs; ++i) to[i] = from[i];
  }
}

/// c = a b for n x n matrices, n a multiple of 128; blocks of 256 threads.
template <bool kVectors> __device__ void gemm(const float *a, const float *b, float *c, int n) {
  __shared__ __align__(16) float at[kDepth][kTile], bt[kDepth][kTile];
  int t = threadIdx.x, row = t / 16 * kOutputs, col = t % 16 * kOutputs;
  const float *from_a = a + (blockIdx.y * kTile + t / 2) * n + t % 2 * 4;
  const float *from_b = b + (t / 32) * n + blockIdx.x * kTile + t % 32 * 4;
  float sum[kOutputs][kOutputs] = {};
  for (int k = 0; k < n; k += kDepth, from_a += kDepth, from_b += kDepth * n) {
    float4 piece = *reinterpret_cast<const float4 *>(from_a);
    at[t % 2 * 4 + 0][t / 2] = piece.x;
    at[t % 2 * 4 + 1][t / 2] = piece.y;
    at[t % 2 * 4 + 2][t / 2] = piece.z;
    at[t % 2 * 4 + 3][t / 2] = piece.w;
    *reinterpret_cast<float4 *>(&bt[t / 32][t % 32 * 4]) = *reinterpret_cast<const float4 *>(from_b);
    __syncthreads();
#pragma unroll
    for (int d = 0; d < kDepth; ++d) {
      __align__(16) float x[kOutputs], y[kOutputs];
      load_eight<kVectors>(x, &at[d][row]);
      load_eight<kVectors>(y, &bt[d][col]);
#pragma unroll
      for (int i = 0; i < kOutputs; ++i)
#pragma unroll
        for (int j = 0; j < kOutputs; ++j) sum[i][j] += x[i] * y[j];
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < kOutputs; ++i)
#pragma unroll
    for (int j = 0; j < kOutputs; ++j) c[(blockIdx.y * kTile + row + i) * n + blockIdx.x * kTile + col + j] = sum[i][j];
}

extern "C" __global__ void __launch_bounds__(256) gemm_vectors(const float *a, const float *b, float *c, int n) {
  gemm<true>(a, b, c, n);
}

extern "C" __global__ void __launch_bounds__(256) gemm_words(const float *a, const float *b, float *c, int n) {
  gemm<false>(a, b, c, n);
}
