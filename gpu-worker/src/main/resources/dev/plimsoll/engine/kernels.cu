// Fused elementwise kernels in bf16: each reads its inputs once, writes its outputs once, and
// computes in fp32. They are compiled by NVRTC at start and launched on PyTorch's tensors
// (CudaKernels.java has one method for each). Each has a twin of plain operators with the formulas,
// in llama.py, or for nf4 and fp8 in quantize.py.
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

// d += a.b for a [16, 16], b [16, 8], d [16, 8], spread over a warp: with g = lane / 4 and t =
// lane % 4 a thread has of a the pairs (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8), of b
// the columns' pairs (2t, g), (2t + 8, g), of d the pairs (g, 2t), (g + 8, 2t).
__device__ __forceinline__ void multiply_add(
    float* d, unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// An 8 x 8 matrix, of which a thread has the pair (g, 2t), transposed.
__device__ __forceinline__ unsigned turned(unsigned pair) {
  unsigned out;
  asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(out) : "r"(pair));
  return out;
}

// A tile of u [tokens, rank], 16 rows from a row on, as multiply_add's a; zeros behind the end and
// behind the rank, which is even and at most 16. Rows have 16 values at least. Loads do not depend
// on a condition: those that do would be waited for one after the other.
struct Narrow {
  unsigned v[4];
};

__device__ __forceinline__ Narrow narrow(
    const bf16* u, long long ldu, int row, int end, int rank) {
  Narrow out;
  int column = (threadIdx.x & 3) * 2;
  int mine = row + (threadIdx.x & 31) / 4;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int r = mine + (i & 1) * 8;
    int c = column + (i & 2) * 4;
    unsigned pair =
        *reinterpret_cast<const unsigned*>(u + (long long)min(r, end - 1) * ldu + c);
    out.v[i] = r < end && c < rank ? pair : 0u;
  }
  return out;
}

__device__ __forceinline__ Narrow turned(const Narrow& u) {
  return {{turned(u.v[0]), turned(u.v[2]), turned(u.v[1]), turned(u.v[3])}};
}

__device__ __forceinline__ uint2 load_four(const bf16* at) {
  return *reinterpret_cast<const uint2*>(at);
}

// Two groups of eight columns of LoRA's B [f, rank], or of A [rank, f], as multiply_add's a: so
// that what they give with eight tokens' u has the columns' sums for two tokens in one thread.
// Zeros behind the rank, which is even and at most 16.
__device__ __forceinline__ Narrow columns_of_b(const bf16* b, int first, int second, int rank) {
  Narrow out;
  int k = (threadIdx.x & 3) * 2;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int c = i & 1 ? second : first;
    int r = k + (i & 2) * 4;
    out.v[i] = r < rank
        ? *reinterpret_cast<const unsigned*>(b + (long long)c * rank + r)
        : 0u;
  }
  return out;
}

__device__ __forceinline__ Narrow columns_of_a(
    const bf16* a, int f, int first, int second, int rank) {
  Narrow out;
  int k = (threadIdx.x & 3) * 2;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int c = i & 1 ? second : first;
    int r = k + (i & 2) * 4;
    out.v[i] = r < rank
        ? (unsigned)a[(long long)r * f + c] | ((unsigned)a[(long long)(r + 1) * f + c] << 16)
        : 0u;
  }
  return out;
}

// a = silu(gate) * up with LoRA's part of both: gate + scale * u_gate.B_gateT, and so up. gate and
// up side by side in gu [tokens, 2f], without that part, which stays away from them; u [tokens,
// gate_rank + up_rank]; ranks are even and at most 16, 0 for a projection without an adapter.
//
// A warp has 64 columns, f is a multiple of 64. With g = lane / 4 and t = lane % 4 a thread has of
// 16 tokens 2t, 2t + 1, 2t + 8 and 2t + 9, of the columns 8g to 8g + 7.
extern "C" __global__ void __launch_bounds__(128) swiglu_lora(const bf16* gu, long long ldgu,
    bf16* a, long long lda, const bf16* u, long long ldu, const bf16* gate_b, const bf16* up_b,
    float scale, int tokens, int f, int rows, int gate_rank, int up_rank) {
  int g = (threadIdx.x & 31) / 4;
  int t = threadIdx.x & 3;
  int first_column = (blockIdx.x * 4 + threadIdx.x / 32) * 64;
  if (first_column >= f) return;
  int column = first_column + 8 * g;
  int end = min(tokens, (int)(blockIdx.y + 1) * rows);
  Narrow b[2][4];
#pragma unroll
  for (int pair = 0; pair < 4; pair++) {
    int c = column + 2 * pair;
    b[0][pair] = columns_of_b(gate_b, c, c + 1, gate_rank);
    b[1][pair] = columns_of_b(up_b, c, c + 1, up_rank);
  }
  for (int row = blockIdx.y * rows; row < end; row += 16) {
    uint4 wide[2][4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      long long token = min(row + 2 * t + (i & 1) + (i & 2) * 4, end - 1);
      wide[0][i] = *reinterpret_cast<const uint4*>(gu + token * ldgu + column);
      wide[1][i] = *reinterpret_cast<const uint4*>(gu + token * ldgu + f + column);
    }
    Narrow us[2] = {narrow(u, ldu, row, end, gate_rank),
        narrow(u + gate_rank, ldu, row, end, up_rank)};
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float part[2][4][4];
#pragma unroll
      for (int which = 0; which < 2; which++) {
#pragma unroll
        for (int pair = 0; pair < 4; pair++) {
#pragma unroll
          for (int i = 0; i < 4; i++) part[which][pair][i] = 0;
          multiply_add(part[which][pair], b[which][pair].v[0], b[which][pair].v[1],
              b[which][pair].v[2], b[which][pair].v[3], us[which].v[half],
              us[which].v[half + 2]);
        }
      }
#pragma unroll
      for (int one = 0; one < 2; one++) {
        int i = 2 * half + one;
        long long token = row + 2 * t + one + half * 8;
        if (token < end) {
          unsigned z[4] = {wide[0][i].x, wide[0][i].y, wide[0][i].z, wide[0][i].w};
          unsigned p[4] = {wide[1][i].x, wide[1][i].y, wide[1][i].z, wide[1][i].w};
          Eight out;
#pragma unroll
          for (int pair = 0; pair < 4; pair++) {
            float z0 = low(z[pair]) + scale * part[0][pair][one];
            float z1 = high(z[pair]) + scale * part[0][pair][one + 2];
            float p0 = low(p[pair]) + scale * part[1][pair][one];
            float p1 = high(p[pair]) + scale * part[1][pair][one + 2];
            out.v[2 * pair] = __fdividef(z0, 1.0f + __expf(-z0)) * p0;
            out.v[2 * pair + 1] = __fdividef(z1, 1.0f + __expf(-z1)) * p1;
          }
          store(a + token * lda + column, out);
        }
      }
    }
  }
}

// Copies 16 bytes to shared memory; the thread goes on meanwhile.
__device__ __forceinline__ void copy_ahead(void* to, const void* from) {
  unsigned address = (unsigned)__cvta_generic_to_shared(to);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(from) : "memory");
}

__device__ __forceinline__ void close_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Until all but the latest so many groups of copies are there.
template <int N>
__device__ __forceinline__ void await_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// The VJP of swiglu_lora, and with it what LoRA's gradients of gate, up and down sum over the
// tokens. gate and up come without LoRA's part, and so does da = dy.W: da + du.A_down is what
// counts. dgate and dup replace gate and up; a replaces da only if keep. Unless partial is 0:
// partial [blocksY, 3, f, 16] = dgateT.u_gate, dupT.u_up and aT.du, a = silu(gate) * up, of the
// tokens of one blockY, rows of them. u [tokens, gate_rank + up_rank] and du [tokens, down_rank]
// with their own strides; ranks are even and at most 16.
//
// A warp has 32 columns, f is a multiple of 32. With g and t as in multiply_add a thread has of 16
// tokens 2t, 2t + 1, 2t + 8 and 2t + 9, of the columns 4g to 4g + 3: so pairs of tokens in one
// column, as b wants them, are in one thread. Column 4g + j is the g-th of tile j. The tokens that
// come next are on their way to shared memory meanwhile.
extern "C" __global__ void __launch_bounds__(128) swiglu_lora_vjp(bf16* gu,
    long long ldgu, bf16* a, long long lda, const bf16* u, long long ldu, const bf16* du,
    long long lddu, const bf16* gate_b, const bf16* up_b, const bf16* down_a, float scale,
    float* partial, int tokens, int f, int rows, int gate_rank, int up_rank, int down_rank,
    int keep) {
  constexpr int STAGES = 3;
  constexpr int ROW = 40;  // 32 columns, and room so that rows begin in different banks
  __shared__ __align__(16) bf16 ring[4][STAGES][3][16 * ROW];
  int lane = threadIdx.x & 31;
  int g = lane / 4;
  int t = lane & 3;
  int first_column = (blockIdx.x * 4 + threadIdx.x / 32) * 32;
  if (first_column >= f) return;
  int column = first_column + 4 * g;
  int end = min(tokens, (int)(blockIdx.y + 1) * rows);
  bf16(*mine)[3][16 * ROW] = ring[threadIdx.x / 32];
  // behind the end the last row again, to which u has zeros
  auto ahead = [&](int row, int stage) {
    if (row < end) {
#pragma unroll
      for (int k = 0; k < 6; k++) {
        int r = (lane + 32 * k) % 64 / 4;
        int c = lane % 4 * 8;
        long long token = min(row + r, end - 1);
        const bf16* from = k < 4 ? gu + token * ldgu + (k < 2 ? 0 : f) : a + token * lda;
        copy_ahead(&mine[stage][k / 2][r * ROW + c], from + first_column + c);
      }
    }
    close_copies();
  };
  int row = blockIdx.y * rows;
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) ahead(row + 16 * stage, stage);
  Narrow maps[3][2];
#pragma unroll
  for (int pair = 0; pair < 2; pair++) {
    int c = column + 2 * pair;
    maps[0][pair] = columns_of_b(gate_b, c, c + 1, gate_rank);
    maps[1][pair] = columns_of_b(up_b, c, c + 1, up_rank);
    maps[2][pair] = columns_of_a(down_a, f, c, c + 1, down_rank);
  }
  Narrow next[3] = {narrow(u, ldu, row, end, gate_rank),
      narrow(u + gate_rank, ldu, row, end, up_rank), narrow(du, lddu, row, end, down_rank)};
  float sums[3][4][4] = {};
  int stage = 0;
  for (; row < end; row += 16) {
    await_copies<STAGES - 2>();
    __syncwarp();
    ahead(row + 16 * (STAGES - 1), stage == 0 ? STAGES - 1 : stage - 1);
    Narrow narrow_u[3] = {next[0], next[1], next[2]};
    if (row + 16 < end) {
      next[0] = narrow(u, ldu, row + 16, end, gate_rank);
      next[1] = narrow(u + gate_rank, ldu, row + 16, end, up_rank);
      next[2] = narrow(du, lddu, row + 16, end, down_rank);
    }
    const bf16(*here)[16 * ROW] = mine[stage];
    stage = stage == STAGES - 1 ? 0 : stage + 1;
    unsigned pairs[3][4][2];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float part[3][2][4];
#pragma unroll
      for (int which = 0; which < 3; which++) {
#pragma unroll
        for (int pair = 0; pair < 2; pair++) {
#pragma unroll
          for (int i = 0; i < 4; i++) part[which][pair][i] = 0;
          multiply_add(part[which][pair], maps[which][pair].v[0], maps[which][pair].v[1],
              maps[which][pair].v[2], maps[which][pair].v[3], narrow_u[which].v[half],
              narrow_u[which].v[half + 2]);
        }
      }
      float x[2][3][4];
#pragma unroll
      for (int one = 0; one < 2; one++) {
        int r = 2 * t + one + half * 8;
        uint2 gates = load_four(here[0] + r * ROW + 4 * g);
        uint2 ups = load_four(here[1] + r * ROW + 4 * g);
        uint2 das = load_four(here[2] + r * ROW + 4 * g);
#pragma unroll
        for (int j = 0; j < 4; j++) {
          unsigned gate = j < 2 ? gates.x : gates.y;
          unsigned up = j < 2 ? ups.x : ups.y;
          unsigned da = j < 2 ? das.x : das.y;
          int at = one + 2 * (j & 1);
          float z = (j & 1 ? high(gate) : low(gate)) + scale * part[0][j / 2][at];
          float p = (j & 1 ? high(up) : low(up)) + scale * part[1][j / 2][at];
          float d = (j & 1 ? high(da) : low(da)) + part[2][j / 2][at];
          float sigma = __fdividef(1.0f, 1.0f + __expf(-z));
          float silu = z * sigma;
          x[one][0][j] = d * p * sigma * (1.0f + z * (1.0f - sigma));
          x[one][1][j] = d * silu;
          x[one][2][j] = silu * p;
        }
        long long token = row + r;
        if (token < end) {
          float(*e)[4] = x[one];
          bf16* to = gu + token * ldgu + column;
          *reinterpret_cast<uint2*>(to) =
              make_uint2(pack(e[0][0], e[0][1]), pack(e[0][2], e[0][3]));
          *reinterpret_cast<uint2*>(to + f) =
              make_uint2(pack(e[1][0], e[1][1]), pack(e[1][2], e[1][3]));
          if (keep) {
            *reinterpret_cast<uint2*>(a + token * lda + column) =
                make_uint2(pack(e[2][0], e[2][1]), pack(e[2][2], e[2][3]));
          }
        }
      }
#pragma unroll
      for (int which = 0; which < 3; which++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          pairs[which][j][half] = pack(x[0][which][j], x[1][which][j]);
        }
      }
    }
    if (!partial) continue;
#pragma unroll
    for (int which = 0; which < 3; which++) {
      Narrow us = turned(narrow_u[which]);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        multiply_add(sums[which][j], us.v[0], us.v[1], us.v[2], us.v[3], pairs[which][j][0],
            pairs[which][j][1]);
      }
    }
  }
  if (!partial) return;
  float* out = partial + (long long)blockIdx.y * 3 * f * 16;
#pragma unroll
  for (int which = 0; which < 3; which++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int c = first_column + 4 * (2 * t + (i & 1)) + j;
        out[((long long)which * f + c) * 16 + g + (i & 2) * 4] = sums[which][j][i];
      }
    }
  }
}

// Adds the sums of swiglu_lora_vjp's partials to the gradients of B of gate and up [f, rank], these
// times scale, and of A of down [rank, f]; an address is 0 where a projection has no adapter. One
// thread adds one.
extern "C" __global__ void swiglu_lora_vjp_sum(const float* partial, int partials, int f,
    int rank, float scale, float* gate_b, float* up_b, float* down_a) {
  long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  long long all = 3ll * f * 16;
  int r = (int)(index % 16);
  if (index >= all || r >= rank) return;
  int column = (int)(index / 16 % f);
  int which = (int)(index / 16 / f);
  float* to = which == 0 ? gate_b : which == 1 ? up_b : down_a;
  if (!to) return;
  float sum = 0;
  for (int p = 0; p < partials; p++) sum += partial[p * all + index];
  if (which == 2) {
    to[(long long)r * f + column] += sum;
  } else {
    to[(long long)column * rank + r] += scale * sum;
  }
}

// One thread adds four values of a stack of up to three matrices to where each belongs.   first [of
// first_size] += the first values of from, and so on; sizes are multiples of 4.
extern "C" __global__ void add_apart(const float* from, float* first, float* second, float* third,
    int first_size, int second_size, int size) {
  int at = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
  if (at >= size) return;
  float* to = at < first_size         ? first + at
      : at < first_size + second_size ? second + (at - first_size)
                                      : third + (at - first_size - second_size);
  float4 more = *reinterpret_cast<const float4*>(from + at);
  float4 sum = *reinterpret_cast<float4*>(to);
  *reinterpret_cast<float4*>(to) =
      make_float4(sum.x + more.x, sum.y + more.y, sum.z + more.z, sum.w + more.w);
}

// One thread copies one of a narrow window's pairs of columns.   to [rows, 2 * pairs] = from
extern "C" __global__ void copy_strip(const bf16* from, long long ldfrom, bf16* to, long long ldto,
    int rows, int pairs) {
  int index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= rows * pairs) return;
  long long row = index / pairs;
  int column = index % pairs * 2;
  *reinterpret_cast<unsigned*>(to + row * ldto + column) =
      *reinterpret_cast<const unsigned*>(from + row * ldfrom + column);
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

// One thread reads four times 32 codes, and four lanes write them, so that a warp's stores are
// whole lines.   out[e / cols][e % cols] = value[code e] * scale[e / 64], the high half of a byte
// first;   scale[b] = map[scale_code b] * scale_scale[b / 256] + offset, each rounded. pairs [256,
// 2] as in quantize.py: the values are the second ones of the first 16. cols is a multiple of 32.
extern "C" __global__ void nf4_dequantize(const byte* codes, const byte* scale_codes,
    const float* scale_scales, const float* offset, const float* map, const float* pairs,
    bf16* out, long long ldo, long long elements, int cols) {
  __shared__ float lanes[16 * 32];
  __shared__ float scales[256];
  for (int i = threadIdx.x; i < 16 * 32; i += blockDim.x) lanes[i] = pairs[i / 32 * 2 + 1];
  for (int i = threadIdx.x; i < 256; i += blockDim.x) scales[i] = map[i];
  __syncthreads();
  int lane = threadIdx.x & 31;
  int quarter = lane & 3;
  const float* mine = lanes + lane;
  float added = offset[0];
  unsigned all = (unsigned)(elements / 32);
  unsigned wide = (unsigned)cols / 32;
#pragma unroll 2
  for (int k = 0; k < 4; k++) {
    unsigned first = (blockIdx.x * 4 + k) * blockDim.x + threadIdx.x - lane;
    if (first >= all) return;
    unsigned index = min(first + lane, all - 1);
    uint4 raw = reinterpret_cast<const uint4*>(codes)[index];
    float scale = __fadd_rn(
        __fmul_rn(scales[scale_codes[index / 2]], scale_scales[index / 512]), added);
    unsigned row = index / wide;
    long long place = row * ldo + (index - row * wide) * 32;
#pragma unroll
    for (int part = 0; part < 4; part++) {
      int source = part * 8 + lane / 4;
      unsigned words[4] = {__shfl_sync(0xffffffffu, raw.x, source),
          __shfl_sync(0xffffffffu, raw.y, source), __shfl_sync(0xffffffffu, raw.z, source),
          __shfl_sync(0xffffffffu, raw.w, source)};
      float by = __shfl_sync(0xffffffffu, scale, source);
      long long at = __shfl_sync(0xffffffffu, place, source);
      unsigned word = quarter == 0 ? words[0]
          : quarter == 1           ? words[1]
          : quarter == 2           ? words[2]
                                   : words[3];
      Eight values;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        unsigned code = word >> (8 * i);
        values.v[2 * i] = mine[(code >> 4 & 15) * 32] * by;
        values.v[2 * i + 1] = mine[(code & 15) * 32] * by;
      }
      if (first + source < all) store(out + at + quarter * 8, values);
    }
  }
}

#if __CUDA_ARCH__ >= 890
__device__ __forceinline__ unsigned pack_e4m3(float a, float b, float c, float d) {
  unsigned short first, second;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(first) : "f"(b), "f"(a));
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(second) : "f"(d), "f"(c));
  return (unsigned)first | ((unsigned)second << 16);
}

// Eight values of a row times those of factor, which may be absent. The row does not drive factor,
// which all rows want, out of the first cache.
__device__ __forceinline__ Eight scaled(const bf16* at, const float* factor) {
  uint4 raw;
  asm volatile("ld.global.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
      : "=r"(raw.x), "=r"(raw.y), "=r"(raw.z), "=r"(raw.w)
      : "l"(at));
  Eight e = {{low(raw.x), high(raw.x), low(raw.y), high(raw.y), low(raw.z), high(raw.z),
      low(raw.w), high(raw.w)}};
  if (factor) {
    float4 first = __ldg(reinterpret_cast<const float4*>(factor));
    float4 second = __ldg(reinterpret_cast<const float4*>(factor) + 1);
    float by[8] = {first.x, first.y, first.z, first.w, second.x, second.y, second.z, second.w};
#pragma unroll
    for (int i = 0; i < 8; i++) e.v[i] *= by[i];
  }
  return e;
}

__device__ __forceinline__ float largest_of(const Eight& e, float largest) {
#pragma unroll
  for (int i = 0; i < 8; i++) {
    // NaN must survive: fmaxf would drop it
    float size = fabsf(e.v[i]);
    largest = size <= largest ? largest : size;
  }
  return largest;
}

__device__ __forceinline__ void store_coded(byte* to, const Eight& e, float inverse) {
  float v[8];
#pragma unroll
  for (int i = 0; i < 8; i++) v[i] = e.v[i] * inverse;
  *reinterpret_cast<uint2*>(to) =
      make_uint2(pack_e4m3(v[0], v[1], v[2], v[3]), pack_e4m3(v[4], v[5], v[6], v[7]));
}

// One block computes one row.   scale = max|x * factor| / 448, out = e4m3(x * factor / scale);
// factor [cols] may be absent. A thread keeps the first 32 values that it read.
extern "C" __global__ void __launch_bounds__(1024) fp8_rows(const bf16* x, long long ldx,
    const float* factor, byte* out, float* scales, int cols) {
  const bf16* row = x + blockIdx.x * ldx;
  int step = blockDim.x * 8;
  Eight kept[4];
  float largest = 0;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    int c = k * step + threadIdx.x * 8;
    if (c < cols) kept[k] = scaled(row + c, factor ? factor + c : nullptr);
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    if (k * step + threadIdx.x * 8 < cols) largest = largest_of(kept[k], largest);
  }
  for (int c = 4 * step + threadIdx.x * 8; c < cols; c += step) {
    largest = largest_of(scaled(row + c, factor ? factor + c : nullptr), largest);
  }
  float scale = fmaxf(reduce<true>(largest), 1e-12f) / 448.0f;
  if (threadIdx.x == 0) scales[blockIdx.x] = scale;
  float inverse = 1.0f / scale;
  byte* to = out + (long long)blockIdx.x * cols;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    int c = k * step + threadIdx.x * 8;
    if (c < cols) store_coded(to + c, kept[k], inverse);
  }
  for (int c = 4 * step + threadIdx.x * 8; c < cols; c += step) {
    store_coded(to + c, scaled(row + c, factor ? factor + c : nullptr), inverse);
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

// One block of 256 threads turns 128 x 128 bytes.   out [cols, rows] = in [rows, cols] transposed;
// both multiples of 16.
extern "C" __global__ void fp8_turn(const byte* in, byte* out, int rows, int cols) {
  __shared__ unsigned tile[128][33];  // four bytes a word
  int r0 = blockIdx.y * 128;
  int c0 = blockIdx.x * 128;
  int lane = threadIdx.x % 8;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    int r = threadIdx.x / 8 + 32 * k;
    if (r0 + r >= rows || c0 + lane * 16 >= cols) continue;
    uint4 v = *reinterpret_cast<const uint4*>(in + (long long)(r0 + r) * cols + c0 + lane * 16);
    unsigned* to = tile[r] + lane * 4;
    to[0] = v.x;
    to[1] = v.y;
    to[2] = v.z;
    to[3] = v.w;
  }
  __syncthreads();
  // A thread turns the columns 4c to 4c + 3 of the rows 16q to 16q + 15.
  int c = threadIdx.x % 32;
  int q = threadIdx.x / 32;
  unsigned turned_words[4][4];
#pragma unroll
  for (int k = 0; k < 4; k++) {
    const unsigned(*from)[33] = tile + 16 * q + 4 * k;
    unsigned low_pairs = __byte_perm(from[0][c], from[1][c], 0x5140);
    unsigned high_pairs = __byte_perm(from[0][c], from[1][c], 0x7362);
    unsigned more_low = __byte_perm(from[2][c], from[3][c], 0x5140);
    unsigned more_high = __byte_perm(from[2][c], from[3][c], 0x7362);
    turned_words[0][k] = __byte_perm(low_pairs, more_low, 0x5410);
    turned_words[1][k] = __byte_perm(low_pairs, more_low, 0x7632);
    turned_words[2][k] = __byte_perm(high_pairs, more_high, 0x5410);
    turned_words[3][k] = __byte_perm(high_pairs, more_high, 0x7632);
  }
  __syncthreads();
#pragma unroll
  for (int j = 0; j < 4; j++) {
#pragma unroll
    for (int k = 0; k < 4; k++) tile[4 * c + j][4 * q + k] = turned_words[j][k];
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k < 4; k++) {
    int r = threadIdx.x / 8 + 32 * k;
    if (c0 + r >= cols || r0 + lane * 16 >= rows) continue;
    const unsigned* from = tile[r] + lane * 4;
    *reinterpret_cast<uint4*>(out + (long long)(c0 + r) * rows + r0 + lane * 16) =
        make_uint4(from[0], from[1], from[2], from[3]);
  }
}
