// The optimizer's fold, with the bits of dev.plimsoll.model.optimizer in Java: every replica of a
// version must be equal, whatever holds it. So each operation is rounded by itself, in the order
// written there: the intrinsics with _rn are never contracted into a multiply-add, and the
// compiler's options (OptimizerKernels.java) forbid contraction, fast division and flushing to zero
// besides.
//
// Vectors are without gaps. n is their length. A flag bf16 says of what follows it: 1 bf16, 0 fp32.
// One thread a value, except where said otherwise.

typedef unsigned short bf16;
typedef unsigned long long word;

// Mix.java
__device__ __forceinline__ word mix(word z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

__device__ __forceinline__ float widened(bf16 value) {
  return __uint_as_float((unsigned)value << 16);
}

__device__ __forceinline__ float value_at(const void* values, int bf16_values, long long i) {
  return bf16_values ? widened(static_cast<const bf16*>(values)[i])
      : static_cast<const float*>(values)[i];
}

// Nearest bf16, ties to even; NaN stays NaN: Dtype.toBf16.
__device__ __forceinline__ bf16 nearest(float value) {
  unsigned bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (bf16)((bits >> 16) | 0x40u);
  return (bf16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// AdamW.fold. g = (float)(sum * gradient_scale). copy, unless it is 0, becomes the parameter
// rounded to the compute type.
extern "C" __global__ void adamw(float* p, float* m, float* v, const void* sum, int sum_bf16,
    double gradient_scale, float decay, float first_weight, float second_weight, float beta2,
    float step_size, float root_bias, float epsilon, void* copy, int copy_bf16, long long n) {
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float g = __double2float_rn(__dmul_rn((double)value_at(sum, sum_bf16, i), gradient_scale));
  float decayed = __fmul_rn(p[i], decay);
  float first = __fadd_rn(m[i], __fmul_rn(first_weight, __fsub_rn(g, m[i])));
  float second = __fadd_rn(__fmul_rn(v[i], beta2), __fmul_rn(__fmul_rn(second_weight, g), g));
  float denominator = __fadd_rn(__fdiv_rn(__fsqrt_rn(second), root_bias), epsilon);
  float updated = __fsub_rn(decayed, __fdiv_rn(__fmul_rn(step_size, first), denominator));
  m[i] = first;
  v[i] = second;
  p[i] = updated;
  if (!copy) return;
  if (copy_bf16) {
    static_cast<bf16*>(copy)[i] = nearest(updated);
  } else {
    static_cast<float*>(copy)[i] = updated;
  }
}

// StochasticBf16.encode: wire = the sum rounded up or down by the random bits of (stream, index);
// first is the index of values[0].
extern "C" __global__ void round_stochastic(const float* values, bf16* wire, long long stream,
    long long first, long long n) {
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  long long index = first + i;
  word random = mix((word)stream + (word)(index / 4) * 0x9e3779b97f4a7c15ULL);
  unsigned bits = __float_as_uint(values[i]);
  unsigned size = bits & 0x7fffffffu;
  if (size >= 0x7f800000u) {
    wire[i] = (bf16)((size > 0x7f800000u ? bits | 0x400000u : bits) >> 16);
    return;
  }
  unsigned rounded = size + (unsigned)(random >> (index % 4 * 16) & 0xffffu);
  wire[i] = (bf16)((min(rounded, 0x7f7fffffu) | (bits & 0x80000000u)) >> 16);
}

// SquaredNorm: sums[b] = the sum of the squares of block b's 32,768 values, by 256 lanes that are
// halved at the end; Java adds the sums. not_finite += how many values are NaN or infinite. One
// block of 256 threads a block of values.
extern "C" __global__ void squared_norm(const void* values, int values_bf16, double* sums,
    unsigned* not_finite, long long n) {
  __shared__ double lanes[256];
  long long from = (long long)blockIdx.x * 32768;
  long long to = min(from + 32768, n);
  double sum = 0;
  unsigned wrong = 0;
  for (long long i = from + threadIdx.x; i < to; i += 256) {
    float value = value_at(values, values_bf16, i);
    wrong += (__float_as_uint(value) & 0x7f800000u) == 0x7f800000u;
    sum = __dadd_rn(sum, __dmul_rn((double)value, (double)value));
  }
  if (wrong) atomicAdd(not_finite, wrong);
  lanes[threadIdx.x] = sum;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      lanes[threadIdx.x] = __dadd_rn(lanes[threadIdx.x], lanes[threadIdx.x + half]);
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = lanes[0];
}

// StateDigest: digest += the sum over mix(index and bits), mod 2^64, in any order; first is the
// index of values[0]. A block takes 16 values a thread.
extern "C" __global__ void state_digest(const float* values, word* digest, long long first,
    long long n) {
  __shared__ word lanes[32];
  long long i = (long long)blockIdx.x * blockDim.x * 16 + threadIdx.x;
  word sum = 0;
  for (int k = 0; k < 16 && i < n; k++, i += blockDim.x) {
    unsigned bits = __float_as_uint(values[i]);
    if ((bits & 0x7fffffffu) > 0x7f800000u) bits = 0x7fc00000u;
    sum += mix((word)(first + i) << 32 | bits);
  }
  for (int offset = 16; offset > 0; offset >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
  if ((threadIdx.x & 31) == 0) lanes[threadIdx.x >> 5] = sum;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int warp = 1; warp < blockDim.x / 32; warp++) sum += lanes[warp];
  atomicAdd(digest, sum);
}

// GradientSum: sum = values where they are the first, else sum += values in fp32.
extern "C" __global__ void add(float* sum, const void* values, int values_bf16, int is_first,
    long long n) {
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float value = value_at(values, values_bf16, i);
  sum[i] = is_first ? value : __fadd_rn(sum[i], value);
}

// Copies pieces of a flat adapter to the matrices A and B of the layers, as fill_adapter in
// llama.py does with what is not zero. A piece is five numbers: its first element in flat, its rows
// and columns, the address that they go to, and the elements from one row to the next there. A row
// of blocks a piece.
extern "C" __global__ void spread_adapter(const void* flat, int flat_bf16,
    const long long* pieces) {
  const long long* piece = pieces + 5 * blockIdx.y;
  unsigned columns = (unsigned)piece[2];
  unsigned count = (unsigned)piece[1] * columns;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    long long to = i / columns * piece[4] + i % columns;
    if (flat_bf16) {
      reinterpret_cast<bf16*>(piece[3])[to] = static_cast<const bf16*>(flat)[piece[0] + i];
    } else {
      reinterpret_cast<float*>(piece[3])[to] = static_cast<const float*>(flat)[piece[0] + i];
    }
  }
}
