// Everyday CUDA C++ kernels: indexing, shared memory, warp collectives, atomics, divergence, calls.
#include <cstdint>

extern "C" __global__ void vector_add(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

extern "C" __global__ void reduce_sum(const float *in, float *out, int n) {
  __shared__ float partial[32];
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) sum += in[i];
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(0xffffffffu, sum, offset);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0;
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0) *out = sum;
  }
}

extern "C" __global__ void histogram(const uint8_t *in, unsigned *bins, int n) {
  __shared__ unsigned local[256];
  for (int i = threadIdx.x; i < 256; i += blockDim.x) local[i] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(&local[in[i]], 1u);
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += blockDim.x) atomicAdd(&bins[i], local[i]);
}

extern "C" __global__ void matmul_tiled(const float *a, const float *b, float *c, int n) {
  __shared__ float at[16][16], bt[16][17];
  int row = blockIdx.y * 16 + threadIdx.y, col = blockIdx.x * 16 + threadIdx.x;
  float sum = 0;
  for (int k = 0; k < n; k += 16) {
    at[threadIdx.y][threadIdx.x] = a[row * n + k + threadIdx.x];
    bt[threadIdx.y][threadIdx.x] = b[(k + threadIdx.y) * n + col];
    __syncthreads();
#pragma unroll
    for (int j = 0; j < 16; ++j) sum += at[threadIdx.y][j] * bt[j][threadIdx.x];
    __syncthreads();
  }
  c[row * n + col] = sum;
}

extern "C" __global__ void transpose(const int *in, int *out, int rows, int cols) {
  __shared__ int tile[32][33];
  int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (x < cols && y + j < rows) tile[threadIdx.y + j][threadIdx.x] = in[(y + j) * cols + x];
  __syncthreads();
  x = blockIdx.y * 32 + threadIdx.x, y = blockIdx.x * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (x < rows && y + j < cols) out[(y + j) * rows + x] = tile[threadIdx.x][threadIdx.y + j];
}

extern "C" __global__ void inclusive_scan(const int *in, int *out, int n) {
  extern __shared__ int buffer[];
  int t = threadIdx.x;
  buffer[t] = t < n ? in[t] : 0;
  __syncthreads();
  for (int d = 1; d < blockDim.x; d *= 2) {
    int add = t >= d ? buffer[t - d] : 0;
    __syncthreads();
    buffer[t] += add;
    __syncthreads();
  }
  if (t < n) out[t] = buffer[t];
}

extern "C" __global__ void collatz(const unsigned *in, unsigned *steps, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned x = in[i], count = 0;
  while (x != 1) {
    if (x & 1) {
      x = 3 * x + 1;
      if (x % 5 == 0) ++count;
    } else {
      x /= 2;
    }
    ++count;
    if (count > 500) break;
  }
  steps[i] = count;
}

__device__ __noinline__ int64_t gcd(int64_t a, int64_t b) { return b == 0 ? a : gcd(b, a % b); }

extern "C" __global__ void gcd_recursive(const int64_t *a, const int64_t *b, int64_t *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = gcd(a[i], b[i]);
}

extern "C" __global__ void switch_table(const int *in, int *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int x = in[i], r;
  switch (x & 15) {
  case 0: r = x * 3; break;
  case 1: r = x - 7; break;
  case 2: r = x ^ 0x55; break;
  case 3: r = x << 2; break;
  case 4: r = x / 3; break;
  case 5: r = x % 11; break;
  case 6: r = -x; break;
  case 7: r = ~x; break;
  case 8: r = __popc(x); break;
  case 9: r = __clz(x); break;
  case 10: r = __brev(x); break;
  case 11: r = __ffs(x); break;
  default: r = 99;
  }
  out[i] = r;
}

extern "C" __global__ void local_array(const int *in, int *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int keys[16];
  for (int j = 0; j < 16; ++j) keys[j] = in[i * 16 + j];
  for (int j = 1; j < 16; ++j) {
    int k = j, v = keys[j];
    while (k > 0 && keys[k - 1] > v) keys[k] = keys[k - 1], --k;
    keys[k] = v;
  }
  out[i] = keys[n];
}

extern "C" __global__ void wide_arithmetic(const uint64_t *a, const uint64_t *b, uint64_t *out) {
  int i = threadIdx.x;
  uint64_t x = a[i], y = b[i];
  out[i * 6 + 0] = x * y;
  out[i * 6 + 1] = __umul64hi(x, y);
  out[i * 6 + 2] = y ? x / y : 0;
  out[i * 6 + 3] = (x << (y & 63)) ^ (x >> (y & 31));
  out[i * 6 + 4] = static_cast<uint64_t>(static_cast<int64_t>(x) % (static_cast<int64_t>(y | 1)));
  unsigned __int128 p = static_cast<unsigned __int128>(x) * y + x;
  out[i * 6 + 5] = static_cast<uint64_t>(p >> 64) + static_cast<uint64_t>(p);
}

extern "C" __global__ void warp_collectives(const int *in, unsigned *out) {
  int lane = threadIdx.x;
  int v = in[lane];
  unsigned odd = __ballot_sync(0xffffffffu, v & 1);
  unsigned same = __match_any_sync(0xffffffffu, v & 7);
  unsigned total = __reduce_add_sync(0xffffffffu, static_cast<unsigned>(v));
  int next = __shfl_sync(0xffffffffu, v, (lane + 5) % 32);
  int half = __shfl_up_sync(0xffffffffu, v, 2, 16);
  bool all = __all_sync(0xffffffffu, v >= 0);
  // Lanes of each half meet in a collective of their own, from both sides of a branch.
  int group;
  if (lane < 16) group = __shfl_xor_sync(0x0000ffffu, v, 3);
  else group = __shfl_xor_sync(0xffff0000u, v, 5) + 1;
  out[lane * 7 + 0] = odd, out[lane * 7 + 1] = same, out[lane * 7 + 2] = total, out[lane * 7 + 3] = next;
  out[lane * 7 + 4] = half, out[lane * 7 + 5] = all, out[lane * 7 + 6] = group;
}

extern "C" __global__ void spin_lock(int *lock, int *counter) {
  // Every lane of the warp takes the lock in turn: needs forward progress of diverged lanes.
  bool done = false;
  while (!done) {
    if (atomicCAS(lock, 0, 1) == 0) {
      __threadfence();
      *reinterpret_cast<volatile int *>(counter) += 1;
      __threadfence();
      atomicExch(lock, 0);
      done = true;
    }
  }
}
