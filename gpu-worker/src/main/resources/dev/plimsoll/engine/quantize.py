# Quantized frozen weights: NF4 (Dettmers et al. 2023, QLoRA) and e4m3 with a scale per row. No
# autograd.
#
# Notation. A weight is [o, i] with n = o * i elements; x [t, i]; y, dy [t, o]. dtype numbers: 0
# uint8, 3 int32, 6 fp32, 7 fp64, 15 bf16, 24 float8_e4m3fn. As in llama.py only tensors, lists made
# here, ints and floats cross the border to Java (QuantizeScript), and a device is a number.
#
# NF4: 64 consecutive elements of the flattened weight share a scale, absmax = max |w|; a code is
# the place of w / absmax among the 16 values, decided by bitsandbytes' thresholds; two codes per
# byte, the first element in the high half. The scales are quantized again: offset = mean(absmax),
# then absmax - offset in blocks of 256 with 8 bits.
#
# Parts of a matrix:
#   0  packed, uint8 [n / 2]
#   1  scale codes, uint8 [n / 64]
#   2  scale scales, fp32 [n / 64 / 256, rounded up]
#   3  offset, fp32 [1]
# Tables of a device:
#   0  pairs, the two values of a byte, fp32 [256, 2]
#   1  thresholds of the 16 values, fp32 [15]
#   2  the 8-bit map, fp32 [256]
#   3  thresholds of the map, fp32 [255]

def numbered_device(number: int) -> Device:
  if number < 0:
    return torch.device("cpu")
  # torch.device("cuda", n) mistakes its arguments in libtorch 2.11
  return torch.device("cuda:" + str(number))

def rows_within(elements: int, columns: int) -> int:
  # as many rows as hold that many elements, in multiples of 64, so that they begin and end with a
  # block
  rows = elements // columns // 64 * 64
  if rows < 64:
    return 64
  return rows

def nf4_values() -> Tensor:
  return torch.tensor([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
      -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534,
      0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434,
      0.5626170039176941, 0.7229568362236023, 1.0], dtype=6)

def nf4_thresholds() -> Tensor:
  # dQuantizeNF4: code k + 1 rather than k if x > threshold k, so that a tie takes the lower code.
  # Four of its decimals become doubles halfway between two floats (0.5016634166240692 is one);
  # written here is the float they are in C.
  return torch.tensor([-0.8480964303016663, -0.6106329262256622, -0.4599952697753906,
      -0.33967943489551544, -0.23460740596055984, -0.13791173323988914, -0.045525018125772476,
      0.03979014977812767, 0.1202552542090416, 0.2035212516784668, 0.2920137718319893,
      0.3893125355243683, 0.5016633868217468, 0.6427869200706482, 0.8614783883094788], dtype=6)

def dynamic_map() -> Tensor:
  # create_dynamic_map(signed=True): for e of 0 to 6 the 2^e middles of equal parts of [0.1, 1],
  # times 10^(e - 6), with both signs, and 0 and 1. So -1 is not among them. In fp64, rounded once:
  # bitsandbytes computes them in fp32, whose last bit depends on the vector instructions of the
  # CPU.
  powers = [1e-06, 1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0]
  parts = annotate(List[Tensor], [torch.tensor([0.0, 1.0], dtype=7)])
  for e in range(7):
    bounds = torch.linspace(0.1, 1.0, (1 << e) + 1, dtype=7)
    middles = torch.mul(torch.div(torch.add(bounds[:-1], bounds[1:]), 2.0), powers[e])
    parts = parts + [middles, torch.neg(middles)]
  values, order = torch.sort(torch.cat(parts, 0).to(6))
  return values

def dynamic_thresholds(values: Tensor) -> Tensor:
  # dQuantize searches by halves: a tie between values k and k + 1 goes down where k is even, up
  # where k is odd. x >= m is x > m' with m' the next number below m, so that one comparison decides
  # for both.
  middles = torch.mul(torch.add(values[:-1], values[1:]), 0.5)
  below = torch.nextafter(middles, torch.full_like(middles, -2.0))
  odd = torch.eq(torch.remainder(torch.arange(255, dtype=4), 2), 1)
  return torch.where(odd, below, middles)

def reciprocal_or_zero(absmax: Tensor) -> Tensor:
  # 0 for a block of zeros, and for one whose reciprocal would overflow: every element of it is then
  # coded as 0
  return torch.where(torch.ge(absmax, 1.1754943508222875e-38), torch.reciprocal(absmax),
      torch.zeros_like(absmax))

def nf4_restore_scales(scale_codes: Tensor, scale_scales: Tensor, offset: Tensor,
    values: Tensor) -> Tensor:
  # map[code] * scale + offset, each rounded to fp32:   [n / 64]
  m = scale_codes.size(0)
  scales = torch.expand(torch.unsqueeze(scale_scales, 1), [-1, 256]).reshape([-1])[:m]
  return torch.index_select(values, 0, scale_codes.to(3)).mul_(scales).add_(offset)

def nf4_restore_into(target: Tensor, packed: Tensor, absmax: Tensor, pairs: Tensor) -> Tensor:
  # target [o, i], whose rows may be apart; w = value * absmax in fp32, rounded once. Temporaries:
  # 100 MB at most.
  columns = target.size(1)
  step = __torch__.rows_within(16777216, columns)
  for start in range(0, target.size(0), step):
    part = target[start:start + step]
    rows = part.size(0)
    at = start * columns
    end = at + rows * columns
    values = torch.embedding(pairs, packed[at // 2:end // 2].to(3))
    scales = absmax[at // 64:end // 64]
    if columns % 64 == 0:
      shape = [rows, columns // 64, 64]
      torch.mul(torch.view(values, shape), torch.view(scales, [rows, columns // 64, 1]),
          out=torch.view(part, shape))
    else:
      part.copy_(torch.view(torch.view(values, [-1, 64]).mul_(torch.unsqueeze(scales, 1)),
          [rows, columns]))
  return target

def fp8_scale(x: Tensor) -> Tensor:
  # absmax / 448 of each row, fp32 [rows, 1]; 1 for a row of zeros. NaN and infinity arrive in the
  # codes as NaN.
  absmax = torch.maximum(torch.amax(x, [1], True), torch.neg(torch.amin(x, [1], True))).to(6)
  # divided by a tensor: for a number, a GPU multiplies by its inverse and rounds otherwise
  scale = torch.div(absmax, torch.full_like(absmax, 448.0))
  return torch.where(torch.lt(scale, 1.1754943508222875e-38), torch.ones_like(scale), scale)

def fp8_code_rows(x: Tensor, factor: Tensor) -> List[Tensor]:
  # codes of x * factor by rows, with factor [1, columns] or, for none, [0]. The quotient exceeds
  # 448 by a rounding at most, which the cast rounds to 448: nothing overflows. Temporaries: 128 MB
  # at most.
  codes = torch.empty(x.size(), dtype=24, device=x.device)
  scale = torch.empty([x.size(0), 1], dtype=6, device=x.device)
  step = __torch__.rows_within(16777216, x.size(1))
  for start in range(0, x.size(0), step):
    part = x[start:start + step]
    if factor.numel() > 0:
      part = torch.mul(part, factor)
    s = __torch__.fp8_scale(part)
    codes[start:start + step].copy_(torch.div(part, s))
    scale[start:start + step].copy_(s)
  return [codes, scale]

class Quantize(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def element(self: __torch__.Quantize, tensors: List[Tensor], index: int) -> Tensor:
    return tensors[index]

  def empty(self: __torch__.Quantize, elements: int, dtype: int, device: int) -> Tensor:
    # to be filled through its address
    return torch.empty([elements], dtype=dtype, device=__torch__.numbered_device(device))

  def shaped(self: __torch__.Quantize, x: Tensor, rows: int, dtype: int) -> Tensor:
    # a row-major vector as [rows, columns], or as it is where rows is 0; a copy only where the
    # dtype is another
    if rows > 0:
      return x.to(dtype).reshape([rows, -1])
    return x.to(dtype)

  def non_finite(self: __torch__.Quantize, w: Tensor) -> float:
    # how many elements are NaN or infinite. The fp64 sum of fp32 values is finite only if they are,
    # and costs one pass.
    flat = w.reshape([-1])
    sums = torch.zeros([], dtype=7, device=w.device)
    for start in range(0, flat.size(0), 16777216):
      sums.add_(torch.sum(flat[start:start + 16777216], dtype=7))
    check = float(sums)
    if check - check == 0.0:
      return 0.0
    count = torch.zeros([], dtype=4, device=w.device)
    for start in range(0, flat.size(0), 16777216):
      count.add_(torch.sum(torch.logical_not(torch.isfinite(flat[start:start + 16777216]))))
    return float(count)

  # ---- NF4

  def nf4_tables(self: __torch__.Quantize, device: int) -> List[Tensor]:
    # made on the CPU, so that every device has the same bits
    place = __torch__.numbered_device(device)
    values = __torch__.nf4_values()
    high = torch.reshape(torch.expand(torch.unsqueeze(values, 1), [16, 16]), [-1])
    low = torch.reshape(torch.expand(torch.unsqueeze(values, 0), [16, 16]), [-1])
    dynamic = __torch__.dynamic_map()
    return [torch.stack([high, low], 1).to(place, 6), __torch__.nf4_thresholds().to(place, 6),
        dynamic.to(place, 6), __torch__.dynamic_thresholds(dynamic).to(place, 6)]

  def nf4_quantize(self: __torch__.Quantize, w: Tensor, tables: List[Tensor]) -> List[Tensor]:
    # w of any floating dtype with a multiple of 64 elements -> parts. Temporaries: 160 MB at most.
    flat = w.reshape([-1])
    n = flat.size(0)
    packed = torch.empty([n // 2], dtype=0, device=w.device)
    absmax = torch.empty([n // 64], dtype=6, device=w.device)
    step = 8388608
    for start in range(0, n, step):
      x = flat[start:start + step].to(6).reshape([-1, 64])
      top = torch.amax(torch.abs(x), [1], False)
      absmax[start // 64:(start + step) // 64].copy_(top)
      scaled = torch.mul(x, torch.unsqueeze(__torch__.reciprocal_or_zero(top), 1))
      codes = torch.bucketize(scaled, tables[1], out_int32=True, right=False).reshape([-1, 2])
      packed[start // 2:(start + step) // 2].copy_(torch.add(codes[:, 1], codes[:, 0], alpha=16))
    # in fp64, so that every device rounds to the same
    offset = torch.mean(absmax, dtype=7).to(6).reshape([1])
    blocks = (n // 64 + 255) // 256
    padded = torch.zeros([blocks * 256], dtype=6, device=w.device)
    padded[:n // 64].copy_(torch.sub(absmax, offset))
    x = padded.reshape([-1, 256])
    scale_scales = torch.amax(torch.abs(x), [1], False)
    scaled = torch.mul(x, torch.unsqueeze(__torch__.reciprocal_or_zero(scale_scales), 1))
    scale_codes = torch.bucketize(scaled, tables[3], out_int32=True, right=False).to(0).reshape(
        [-1])[:n // 64]
    return [packed, scale_codes.contiguous(), scale_scales, offset]

  def nf4_scales(self: __torch__.Quantize, scale_codes: Tensor, scale_scales: Tensor,
      offset: Tensor, tables: List[Tensor]) -> Tensor:
    # absmax of each block, fp32 [n / 64]
    return __torch__.nf4_restore_scales(scale_codes, scale_scales, offset, tables[2])

  def nf4_dequantize_into(self: __torch__.Quantize, target: Tensor, packed: Tensor, absmax: Tensor,
      tables: List[Tensor]) -> Tensor:
    # target [o, i] of any floating dtype, changed in place; its rows may be apart, their elements
    # not
    return __torch__.nf4_restore_into(target, packed, absmax, tables[0])

  # ---- e4m3 with a scale per row

  def fp8_quantize(self: __torch__.Quantize, w: Tensor) -> List[Tensor]:
    # w [o, i] -> codes float8 [o, i], scale fp32 [o, 1] with w ~ codes * scale
    return __torch__.fp8_code_rows(w, torch.empty([0], dtype=6, device=w.device))

  def fp8_code(self: __torch__.Quantize, x: Tensor, columns: int, factor: Tensor) -> List[Tensor]:
    # the same for the first columns of activations, times factor [columns, 1], or [0, 1] for none:
    # codes [t, columns], scale [t, 1]
    return __torch__.fp8_code_rows(x[:, :columns], torch.t(factor))

  def fp8_room(self: __torch__.Quantize, rows: int, columns: int, device: int) -> List[Tensor]:
    # codes and scale to be filled
    place = __torch__.numbered_device(device)
    return [torch.empty([rows, columns], dtype=24, device=place),
        torch.empty([rows, 1], dtype=6, device=place)]

  def fp8_codes(self: __torch__.Quantize, rows: int, columns: int, device: int) -> Tensor:
    # codes alone to be filled
    return torch.empty([rows, columns], dtype=24, device=__torch__.numbered_device(device))

  def fp8_put(self: __torch__.Quantize, room: List[Tensor], row: int, part: List[Tensor]) -> Tensor:
    # a part's codes and scale from that row on
    rows = part[0].size(0)
    room[1][row:row + rows].copy_(part[1])
    return room[0][row:row + rows].copy_(part[0])

  def fp8_turn(self: __torch__.Quantize, codes: Tensor) -> Tensor:
    # [o, i] -> [i, o]
    return torch.t(codes).contiguous()

  def fp8_dequantize(self: __torch__.Quantize, codes: Tensor, scale: Tensor, dtype: int) -> Tensor:
    # codes * scale in fp32, rounded once.   Temporaries: 128 MB at most.
    w = torch.empty(codes.size(), dtype=dtype, device=codes.device)
    step = __torch__.rows_within(16777216, codes.size(1))
    for start in range(0, codes.size(0), step):
      w[start:start + step].copy_(
          torch.mul(codes[start:start + step].to(6), scale[start:start + step]))
    return w

  def sample(self: __torch__.Quantize, rows: int, columns: int, phase: float, dtype: int,
      device: int) -> Tensor:
    # smooth, aperiodic numbers in (-1, 1), to compare kernels with
    x = torch.sin(torch.add(torch.mul(torch.arange(rows * columns, dtype=7), 1.7), phase))
    return x.reshape([rows, columns]).to(__torch__.numbered_device(device), dtype)
