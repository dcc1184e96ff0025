// Fused elementwise kernels in bf16: each reads its inputs once, writes its outputs once, and
// computes in fp32. Compiled by NVRTC at start and launched on PyTorch's tensors (Kernels.java);
// every one has a twin of plain operators in llama.py (those of nf4 and fp8 in quantize.py), with
// the formulas.
//
// Rows are row-major with a stride ("ld", in elements) that may be longer than the row. Widths and
// strides are multiples of 8, so that a thread moves 16 bytes at a time. Notation as in llama.py.

typedef unsigned short bf16;
typedef unsigned char byte;

#define INFINITY __int_as_float(0x7f800000)

struct Eight {
  float v[8];
};

__device__ __forceinline__ float low(unsigned pair) { return __uint_as_float(pair << 16); }
__device__ __forceinline__ float high(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }

// Rounds to nearest, ties to even; NaN stays NaN.
__device__ __forceinline__ unsigned pack(float first, float second) {
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
}

__device__ __forceinline__ Eight load(const bf16* at) {
  uint4 raw = *reinterpret_cast<const uint4*>(at);
  return {{low(raw.x), high(raw.x), low(raw.y), high(raw.y),
      low(raw.z), high(raw.z), low(raw.w), high(raw.w)}};
}

__device__ __forceinline__ void store(bf16* at, const Eight& e) {
  *reinterpret_cast<uint4*>(at) = make_uint4(
      pack(e.v[0], e.v[1]), pack(e.v[2], e.v[3]), pack(e.v[4], e.v[5]), pack(e.v[6], e.v[7]));
}

// The sum (or maximum) over the block, for every thread. At most 1,024 threads.
template <bool MAXIMUM>
__device__ __forceinline__ float reduce(float value) {
  __shared__ float partial[32];
  for (int offset = 16; offset > 0; offset >>= 1) {
    float other = __shfl_xor_sync(0xffffffffu, value, offset);
    value = MAXIMUM ? fmaxf(value, other) : value + other;
  }
  __syncthreads();
  if ((threadIdx.x & 31) == 0) partial[threadIdx.x >> 5] = value;
  __syncthreads();
  int warps = blockDim.x >> 5;
  value = threadIdx.x % 32 < warps ? partial[threadIdx.x % 32] : (MAXIMUM ? -INFINITY : 0.0f);
  for (int offset = 16; offset > 0; offset >>= 1) {
    float other = __shfl_xor_sync(0xffffffffu, value, offset);
    value = MAXIMUM ? fmaxf(value, other) : value + other;
  }
  return value;
}

// One block computes one row.   x += added (where given);   y = w * x * rho,   rho = 1 /
// sqrt(mean(x^2) + eps)
extern "C" __global__ void rms_norm(
    bf16* x, const bf16* added, const bf16* w, bf16* y, long long ldy, int h, float eps) {
  long long at = (long long)blockIdx.x * h;
  bf16* row = x + at;
  bf16* out = y + blockIdx.x * ldy;
  float squares = 0;
  for (int c = threadIdx.x * 8; c < h; c += blockDim.x * 8) {
    Eight e = load(row + c);
    if (added) {
      Eight more = load(added + at + c);
#pragma unroll
      for (int i = 0; i < 8; i++) e.v[i] += more.v[i];
      store(row + c, e);
      e = load(row + c);  // as rounded: what later readers of the row will see
    }
#pragma unroll
    for (int i = 0; i < 8; i++) squares += e.v[i] * e.v[i];
  }
  float rho = rsqrtf(reduce<false>(squares) / h + eps);
  for (int c = threadIdx.x * 8; c < h; c += blockDim.x * 8) {
    Eight e = load(row + c);
    Eight scale = load(w + c);
#pragma unroll
    for (int i = 0; i < 8; i++) e.v[i] = e.v[i] * rho * scale.v[i];
    store(out + c, e);
  }
}

// One block computes one row.   sum += rho * (g - u * mean(g * u)),   u = x * rho, g = dy * w
extern "C" __global__ void rms_norm_vjp(const bf16* dy, long long lddy, const bf16* x,
    const bf16* w, bf16* sum, long long ldsum, int h, float eps) {
  const bf16* row = x + (long long)blockIdx.x * h;
  const bf16* derivative = dy + blockIdx.x * lddy;
  bf16* out = sum + blockIdx.x * ldsum;
  float squares = 0;
  float products = 0;
  for (int c = threadIdx.x * 8; c < h; c += blockDim.x * 8) {
    Eight e = load(row + c);
    Eight g = load(derivative + c);
    Eight scale = load(w + c);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      squares += e.v[i] * e.v[i];
      products += e.v[i] * g.v[i] * scale.v[i];
    }
  }
  float rho = rsqrtf(reduce<false>(squares) / h + eps);
  float mean = reduce<false>(products) * rho / h;
  for (int c = threadIdx.x * 8; c < h; c += blockDim.x * 8) {
    Eight e = load(row + c);
    Eight g = load(derivative + c);
    Eight scale = load(w + c);
    Eight before = load(out + c);
#pragma unroll
    for (int i = 0; i < 8; i++) before.v[i] += rho * (g.v[i] * scale.v[i] - e.v[i] * rho * mean);
    store(out + c, before);
  }
}

// One thread turns eight pairs.   n heads of q and m of k are turned by (cos, sign * sin), the
// heads of v copied. q, k, v [t, heads, 2 * half] with their own strides, out [t, ldo] with the
// heads side by side; q may be out.
extern "C" __global__ void rotary(const bf16* q, const bf16* k, const bf16* v, long long ldq,
    long long ldk, long long ldv, bf16* out, long long ldo, const float* cos, const float* sin,
    long long tokens, int n, int m, int copied, int half, float sign) {
  int lanes = half / 8;
  int heads = n + m + copied;
  long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= tokens * heads * lanes) return;
  int c = (int)(index % lanes) * 8;
  int head = (int)(index / lanes % heads);
  long long token = index / lanes / heads;
  const bf16* from = head < n ? q + token * ldq + (long long)head * 2 * half
      : head < n + m          ? k + token * ldk + (long long)(head - n) * 2 * half
                              : v + token * ldv + (long long)(head - n - m) * 2 * half;
  Eight a = load(from + c);
  Eight b = load(from + half + c);
  if (head < n + m) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
      float x = a.v[i];
      float y = b.v[i];
      float re = cos[token * half + c + i];
      float im = sign * sin[token * half + c + i];
      a.v[i] = x * re - y * im;
      b.v[i] = y * re + x * im;
    }
  }
  bf16* to = out + token * ldo + (long long)head * 2 * half;
  store(to + c, a);
  store(to + half + c, b);
}

// One thread computes eight columns.   a = silu(gate) * up,   gate and up side by side in gu [t,
// 2f].
extern "C" __global__ void swiglu(const bf16* gu, long long ldgu, bf16* a, long long lda,
    long long tokens, int f) {
  int lanes = f / 8;
  long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= tokens * lanes) return;
  int c = (int)(index % lanes) * 8;
  long long token = index / lanes;
  Eight gate = load(gu + token * ldgu + c);
  Eight up = load(gu + token * ldgu + f + c);
#pragma unroll
  for (int i = 0; i < 8; i++) gate.v[i] = gate.v[i] / (1.0f + __expf(-gate.v[i])) * up.v[i];
  store(a + token * lda + c, gate);
}

// One thread computes eight columns.   With da in `a`: dgate = da * up * sigma * (1 + gate * (1 -
// sigma)), dup = da * silu(gate) replace gate and up, and silu(gate) * up replaces da.
extern "C" __global__ void swiglu_vjp(bf16* gu, long long ldgu, bf16* a, long long lda,
    long long tokens, int f) {
  int lanes = f / 8;
  long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= tokens * lanes) return;
  int c = (int)(index % lanes) * 8;
  long long token = index / lanes;
  bf16* gate_at = gu + token * ldgu + c;
  bf16* a_at = a + token * lda + c;
  Eight gate = load(gate_at);
  Eight up = load(gate_at + f);
  Eight da = load(a_at);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    float sigma = 1.0f / (1.0f + __expf(-gate.v[i]));
    float silu = gate.v[i] * sigma;
    float d = da.v[i];
    da.v[i] = silu * up.v[i];
    gate.v[i] = d * up.v[i] * sigma * (1.0f + gate.v[i] * (1.0f - sigma));
    up.v[i] = d * silu;
  }
  store(gate_at, gate);
  store(gate_at + f, up);
  store(a_at, da);
}

// One block computes one row.   loss = logsumexp(z) - z[target];   z becomes softmax(z) -
// onehot(target) when backward.
extern "C" __global__ void cross_entropy(bf16* z, const long long* targets, float* losses,
    int vocabulary, int backward) {
  bf16* row = z + (long long)blockIdx.x * vocabulary;
  int target = (int)targets[blockIdx.x];
  float largest = -INFINITY;
  float sum = 0;
  for (int c = threadIdx.x * 8; c < vocabulary; c += blockDim.x * 8) {
    Eight e = load(row + c);
    float top = e.v[0];
#pragma unroll
    for (int i = 1; i < 8; i++) top = fmaxf(top, e.v[i]);
    if (top > largest) {
      sum *= __expf(largest - top);
      largest = top;
    }
#pragma unroll
    for (int i = 0; i < 8; i++) sum += __expf(e.v[i] - largest);
  }
  float top = reduce<true>(largest);
  sum = reduce<false>(largest == -INFINITY ? sum : sum * __expf(largest - top));
  float lse = top + logf(sum);
  if (threadIdx.x == 0) losses[blockIdx.x] = lse - __uint_as_float((unsigned)row[target] << 16);
  __syncthreads();
  if (!backward) return;
  for (int c = threadIdx.x * 8; c < vocabulary; c += blockDim.x * 8) {
    Eight e = load(row + c);
#pragma unroll
    for (int i = 0; i < 8; i++) e.v[i] = __expf(e.v[i] - lse) - (c + i == target ? 1.0f : 0.0f);
    store(row + c, e);
  }
}

// One thread restores 32 values.   out[e / cols][e % cols] = value[code e] * scale[e / 64];   the
// high half of a byte comes first. pairs [256, 2] as in quantize.py: the values are the second ones
// of the first 16.
extern "C" __global__ void nf4_dequantize(const byte* codes, const float* scales,
    const float* pairs, bf16* out, long long ldo, long long elements, int cols) {
  __shared__ float lanes[16 * 32];
  for (int i = threadIdx.x; i < 16 * 32; i += blockDim.x) lanes[i] = pairs[i / 32 * 2 + 1];
  __syncthreads();
  const float* mine = lanes + (threadIdx.x & 31);
  long long e = ((long long)blockIdx.x * blockDim.x + threadIdx.x) * 32;
  if (e >= elements) return;
  uint4 raw = *reinterpret_cast<const uint4*>(codes + e / 2);
  float scale = scales[e / 64];
  bf16* to = out + e / cols * ldo + e % cols;
  unsigned words[4] = {raw.x, raw.y, raw.z, raw.w};
#pragma unroll
  for (int w = 0; w < 4; w++) {
    Eight values;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      unsigned code = words[w] >> (8 * i);
      values.v[2 * i] = mine[(code >> 4 & 15) * 32] * scale;
      values.v[2 * i + 1] = mine[(code & 15) * 32] * scale;
    }
    store(to + 8 * w, values);
  }
}

#if __CUDA_ARCH__ >= 890
__device__ __forceinline__ unsigned pack_e4m3(float a, float b, float c, float d) {
  unsigned short first, second;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(first) : "f"(b), "f"(a));
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(second) : "f"(d), "f"(c));
  return (unsigned)first | ((unsigned)second << 16);
}

// One block computes one row.   scale = max|x * factor| / 448, out = e4m3(x * factor / scale);
// factor [cols] may be absent.
extern "C" __global__ void fp8_rows(const bf16* x, long long ldx, const float* factor, byte* out,
    float* scales, int cols) {
  const bf16* row = x + blockIdx.x * ldx;
  float largest = 0;
  for (int c = threadIdx.x * 8; c < cols; c += blockDim.x * 8) {
    Eight e = load(row + c);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      // NaN must survive: fmaxf would drop it
      float size = fabsf(factor ? e.v[i] * factor[c + i] : e.v[i]);
      largest = size <= largest ? largest : size;
    }
  }
  float scale = fmaxf(reduce<true>(largest), 1e-12f) / 448.0f;
  if (threadIdx.x == 0) scales[blockIdx.x] = scale;
  float inverse = 1.0f / scale;
  byte* to = out + (long long)blockIdx.x * cols;
  for (int c = threadIdx.x * 8; c < cols; c += blockDim.x * 8) {
    Eight e = load(row + c);
#pragma unroll
    for (int i = 0; i < 8; i++) e.v[i] *= factor ? factor[c + i] * inverse : inverse;
    *reinterpret_cast<uint2*>(to + c) = make_uint2(
        pack_e4m3(e.v[0], e.v[1], e.v[2], e.v[3]), pack_e4m3(e.v[4], e.v[5], e.v[6], e.v[7]));
  }
}

// One thread restores 16 values.   out[r][c] = code * scale[r];   cols a multiple of 16.
extern "C" __global__ void fp8_dequantize(const byte* codes, const float* scales, bf16* out,
    long long ldo, long long elements, int cols) {
  long long e = ((long long)blockIdx.x * blockDim.x + threadIdx.x) * 16;
  if (e >= elements) return;
  uint4 raw = *reinterpret_cast<const uint4*>(codes + e);
  float scale = scales[e / cols];
  bf16* to = out + e / cols * ldo + e % cols;
  unsigned words[4] = {raw.x, raw.y, raw.z, raw.w};
#pragma unroll
  for (int half = 0; half < 2; half++) {
    Eight values;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      unsigned short pair = (unsigned short)(words[2 * half + i / 2] >> (16 * (i % 2)));
      unsigned wide;  // two fp16 values, which hold every e4m3 value
      asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(wide) : "h"(pair));
      float first, second;
      asm("{.reg .b16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h;}"
          : "=f"(first), "=f"(second) : "r"(wide));
      values.v[2 * i] = first * scale;
      values.v[2 * i + 1] = second * scale;
    }
    store(to + 8 * half, values);
  }
}
#endif

// One block of 256 threads turns 64 x 64 bytes.   out [cols, rows] = in [rows, cols] transposed;
// both multiples of 64.
extern "C" __global__ void fp8_turn(const byte* in, byte* out, int rows, int cols) {
  __shared__ byte tile[64][68];
  int r0 = blockIdx.y * 64;
  int c0 = blockIdx.x * 64;
  int lane = threadIdx.x % 16;
  for (int r = threadIdx.x / 16; r < 64; r += 16) {
    *reinterpret_cast<unsigned*>(&tile[r][lane * 4]) =
        *reinterpret_cast<const unsigned*>(in + (long long)(r0 + r) * cols + c0 + lane * 4);
  }
  __syncthreads();
  for (int c = threadIdx.x / 16; c < 64; c += 16) {
    unsigned word = 0;
#pragma unroll
    for (int i = 0; i < 4; i++) word |= (unsigned)tile[lane * 4 + i][c] << (8 * i);
    *reinterpret_cast<unsigned*>(out + (long long)(c0 + c) * rows + r0 + lane * 4) = word;
  }
}
