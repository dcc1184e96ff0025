# Llama and its relatives with LoRA: forward steps and hand-written vector-Jacobian products (VJPs);
# no autograd. Java (AttentionBlock, MlpBlock, LossHead) calls them one after the other and frees
# what is no longer needed in between.
#
# Notation. Sizes: t tokens of the micro-batch (or c rows of a tile or chunk), packed back to back
# without padding; h hidden; i in and o out of a linear map; n query heads; m key-value heads; d
# head; f MLP; r LoRA rank; v vocabulary. dX is the derivative of the summed loss by X. s is the
# LoRA scaling. dtype numbers: 6 fp32, 7 fp64, 15 bf16. Sums of gradients are fp32 (fp64 when
# computing in fp64).
#
# The four linear maps of a layer are qkv [(n + 2m)d, h], out [h, nd], gate and up [2f, h], and down
# [h, f]. Each is kept with its adapter around it, R >= the sum of the ranks, in one matrix
#       W [o + R, i + R] =  | frozen  s-less B |
#                           |   A        0     |
# where B [o, R] is a block of columns for each projection, zeros beside it, and A [R, i] is its
# rows. So LoRA costs no pass over the wide activations: with the tail u = s * x.AT behind
# x [t, i + R] the forward product is
#       y = [x u].W[:o]T = x.frozenT + s * x.AT.BT            (Hu et al. 2021, eq. 3)
# and with the tail du = s * dy.B behind dy [t, o + R]
#       dx = [dy du].W[:, :i] = dy.frozen + s * dy.B.A,   dB = dyT.u,   dA = duT.x
#
# A linear map w comes as the list [A, B, W], the first two being windows into the third. With fp8
# products it comes as [A, B, codes [o, i], scale [o, 1]], frozen ~ codes * scale, and LoRA is a
# product of its own (the fp8 methods below).
#
# windows: A [r, i] then B [o, r] of q, k, v, o, gate, up, down: 14 tensors, with r = 0 where a
# projection has no adapter. A linear map is named by the first of its projections and their number.
#
# Only tensors, lists of tensors that this file made, ints and floats cross the border to Java (see
# decision 0049): so a device is a number (-1 the CPU, n the n-th GPU), a flag is 0 or 1, and
# several results come as one list. Each method of the class has one Java method of its name, in
# LlamaScript, KernelScript, LinearScript or AttentionScript.

def widen(x: Tensor) -> Tensor:
  # bf16 becomes fp32; fp32 and fp64 stay.
  if x.dtype == 15:
    return x.to(6)
  return x

def device_of(number: int) -> Device:
  if number < 0:
    return torch.device("cpu")
  # torch.device("cuda", n) mistakes its arguments in libtorch 2.11
  return torch.device("cuda:" + str(number))

def rms_norm(x: Tensor, w: Tensor, eps: float) -> Tensor:
  # y = w * x * rho,  rho = 1 / sqrt(mean(x^2) + eps)   (Zhang and Sennrich 2019).   x [.., h], w
  # [h]; wide
  wide = __torch__.widen(x)
  rho = torch.rsqrt(torch.add(torch.mean(torch.mul(wide, wide), [-1], True), eps))
  return torch.mul(torch.mul(wide, rho), w)

def rms_norm_vjp(dy: Tensor, x: Tensor, w: Tensor, eps: float) -> Tensor:
  # with u = x * rho, g = dy * w:   dx = rho * (g - u * mean(g * u)); wide
  wide = __torch__.widen(x)
  rho = torch.rsqrt(torch.add(torch.mean(torch.mul(wide, wide), [-1], True), eps))
  u = torch.mul(wide, rho)
  g = torch.mul(__torch__.widen(dy), w)
  return torch.mul(rho, torch.sub(g, torch.mul(u, torch.mean(torch.mul(g, u), [-1], True))))

def rotate(x: Tensor, cos: Tensor, sin: Tensor, sign: float) -> Tensor:
  # Rotary embedding (Su et al. 2021), halves paired as Hugging Face stores them; its VJP is the
  # turn with sign = -1. x [t, n, d]; cos, sin [t, d / 2] -> [t, n, d], wide
  half = x.size(2) // 2
  a = x[:, :, :half]
  b = x[:, :, half:]
  re = torch.unsqueeze(cos, 1)
  im = torch.mul(torch.unsqueeze(sin, 1), sign)
  return torch.cat([torch.sub(torch.mul(a, re), torch.mul(b, im)),
      torch.add(torch.mul(b, re), torch.mul(a, im))], 2)

def lora_in(x: Tensor, a: Tensor, s: float) -> Tensor:
  # u = s * x.AT [t, R], which becomes the tail of x where x [t, i + R] has one
  i = a.size(1)
  u = x[:, i:]
  if u.size(1) == a.size(0):
    if u.size(1) > 0:
      u.addmm_(x[:, :i], torch.t(a), beta=0, alpha=s)
    return u
  return torch.mul(torch.matmul(x, torch.t(a)), s)

def lora_out(dy: Tensor, b: Tensor, s: float) -> Tensor:
  # du = s * dy.B [t, R], which becomes the tail of dy where dy [t, o + R] has one
  o = b.size(0)
  du = dy[:, o:]
  if du.size(1) == b.size(1):
    if du.size(1) > 0:
      du.addmm_(dy[:, :o], b, beta=0, alpha=s)
    return du
  return torch.mul(torch.matmul(dy, b), s)

def fp8_product(x: List[Tensor], codes: Tensor, scale: Tensor, dtype: int) -> Tensor:
  # (x.codesT) * scales for x [codes [t, k], scale [t, 1]] and codes [j, k], scale [j, 1]. On a GPU
  # by its fp8 units, in bf16
  if x[0].is_cuda:
    return torch._scaled_mm(x[0], torch.t(codes), x[1], torch.t(scale), out_dtype=15,
        use_fast_accum=True)
  product = torch.matmul(x[0].to(6), torch.t(codes.to(6)))
  return torch.mul(torch.mul(product, x[1]), torch.t(scale)).to(dtype)

def scatter_a(da: Tensor, windows: List[Tensor], first: int, parts: int) -> int:
  # adds dA [R, i] of a linear map to the windows of its projections
  rank = 0
  for p in range(first, first + parts):
    r = windows[2 * p].size(0)
    if r > 0:
      windows[2 * p].add_(da[rank:rank + r])
    rank = rank + r
  return rank

def scatter_b(db: Tensor, windows: List[Tensor], first: int, parts: int) -> int:
  # the same for dB [o, R], or [o, r] of a single projection
  row = 0
  rank = 0
  for p in range(first, first + parts):
    r = windows[2 * p].size(0)
    o = windows[2 * p + 1].size(0)
    if r > 0:
      windows[2 * p + 1].add_(db[row:row + o, rank:rank + r])
    row = row + o
    rank = rank + r
  return rank

def add_mlp_lora(gu: Tensor, adapter: List[Tensor], f: int, s: float) -> Tensor:
  # gate and up += s * u.BT, with u = x.AT in the tail of gu [t, 2f + R]
  u = gu[:, 2 * f:]
  rank = 0
  for p in range(4, 6):
    b = adapter[2 * p + 1]
    if b.size(1) > 0:
      part = torch.matmul(u[:, rank:rank + b.size(1)], torch.t(b))
      gu[:, (p - 4) * f:(p - 3) * f].add_(part, alpha=s)
    rank = rank + b.size(1)
  return gu

def group_rows(group: int, groups: int, n: int, m: int, d: int) -> List[int]:
  # where q, k and v of a group of key-value heads begin among all rows of qkv
  q = n * d // groups
  k = m * d // groups
  return [group * q, n * d + group * k, (n + m) * d + group * k]

class Llama(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # ---- tensors in and out

  def empty(self: __torch__.Llama, elements: int, dtype: int) -> Tensor:
    # on the CPU, to be filled through its address
    return torch.empty([elements], dtype=dtype)

  def zeros(self: __torch__.Llama, elements: int, dtype: int, device: int) -> Tensor:
    return torch.zeros([elements], dtype=dtype, device=__torch__.device_of(device))

  def zeros_matrix(self: __torch__.Llama, rows: int, columns: int, dtype: int,
      device: int) -> Tensor:
    return torch.zeros([rows, columns], dtype=dtype, device=__torch__.device_of(device))

  def buffer(self: __torch__.Llama, like: Tensor, rows: int, columns: int) -> Tensor:
    return torch.empty([rows, columns], dtype=like.dtype, device=like.device)

  def place(self: __torch__.Llama, x: Tensor, dtype: int, device: int) -> Tensor:
    return x.to(__torch__.device_of(device), dtype)

  def matrix(self: __torch__.Llama, x: Tensor, rows: int, dtype: int, device: int) -> Tensor:
    # a row-major vector as [rows, columns] on its device
    return x.to(__torch__.device_of(device), dtype).reshape([rows, -1])

  def as_matrix(self: __torch__.Llama, x: Tensor, rows: int, columns: int) -> Tensor:
    # the beginning of a flat vector seen as a matrix
    return torch.narrow(x, 0, 0, rows * columns).reshape([rows, columns])

  def rows(self: __torch__.Llama, x: Tensor, start: int, length: int) -> Tensor:
    return torch.narrow(x, 0, start, length)

  def block(self: __torch__.Llama, x: Tensor, row: int, rows: int, columns: int) -> Tensor:
    # a window, whose rows may be apart
    return x[row:row + rows, :columns]

  def stride(self: __torch__.Llama, x: Tensor) -> float:
    # elements from a row to the next
    return float(x.stride(0))

  def put(self: __torch__.Llama, target: Tensor, row: int, column: int, x: Tensor) -> Tensor:
    # copies x into target from that row and column on
    return target[row:row + x.size(0), column:column + x.size(1)].copy_(x)

  def put_vector(self: __torch__.Llama, target: Tensor, at: int, x: Tensor) -> Tensor:
    return torch.narrow(target, 0, at, x.size(0)).copy_(x)

  def add(self: __torch__.Llama, x: Tensor, y: Tensor) -> Tensor:
    # x += y
    return x.add_(y)

  def fetch(self: __torch__.Llama, x: Tensor, start: int, length: int, dtype: int) -> Tensor:
    # a window of the flattened tensor, contiguous on the CPU
    return torch.narrow(x.reshape([-1]), 0, start, length).to(torch.device("cpu"),
        dtype).contiguous()

  def on_host(self: __torch__.Llama, x: Tensor) -> Tensor:
    return x.to(torch.device("cpu")).clone()

  def clear(self: __torch__.Llama, x: Tensor) -> Tensor:
    return x.zero_()

  def element(self: __torch__.Llama, tensors: List[Tensor], index: int) -> Tensor:
    return tensors[index]

  # ---- the adapter

  def windows(self: __torch__.Llama, flat: Tensor, shapes: Tensor, at: int, rank: int,
      targets: int) -> List[Tensor]:
    # A [r, i] then B [o, r] of each targeted projection (bit p of targets), from element at
    # onwards: 14 tensors. shapes [7, 2] on the CPU: o and i of each projection
    out = annotate(List[Tensor], [])
    for p in range(7):
      o = int(shapes[p][0])
      i = int(shapes[p][1])
      r = rank * ((targets >> p) & 1)
      torch.append(out, torch.narrow(flat, 0, at, r * i).reshape([r, i]))
      at = at + r * i
      torch.append(out, torch.narrow(flat, 0, at, r * o).reshape([o, r]))
      at = at + r * o
    return out

  def around(self: __torch__.Llama, matrix: Tensor, o: int, i: int) -> List[Tensor]:
    # matrix [o + R, i + R] -> [A, B, W]
    return [matrix[o:, :i], matrix[:o, i:], matrix]

  def beside(self: __torch__.Llama, codes: Tensor, scale: Tensor, tail: int,
      dtype: int) -> List[Tensor]:
    # [A, B, codes, scale], the first two to be filled
    a = torch.empty([tail, codes.size(1)], dtype=dtype, device=codes.device)
    b = torch.empty([codes.size(0), tail], dtype=dtype, device=codes.device)
    return [a, b, codes, scale]

  def fill_adapter(self: __torch__.Llama, w: List[Tensor], windows: List[Tensor], first: int,
      parts: int) -> Tensor:
    # writes A and B of a linear map; around a frozen part the corner behind them too
    a = w[0].zero_()
    b = w[1].zero_()
    if len(w) == 3:
      w[2][b.size(0):, a.size(1):].zero_()
    row = 0
    rank = 0
    for p in range(first, first + parts):
      r = windows[2 * p].size(0)
      rows = windows[2 * p + 1].size(0)
      a[rank:rank + r].copy_(windows[2 * p])
      b[row:row + rows, rank:rank + r].copy_(windows[2 * p + 1])
      row = row + rows
      rank = rank + r
    return a

  # ---- embedding and positions

  def embed(self: __torch__.Llama, table: Tensor, tokens: Tensor) -> Tensor:
    # table [v, h], tokens [t] -> [t, h]
    return torch.index_select(table, 0, tokens)

  def angles(self: __torch__.Llama, positions: Tensor, frequencies: Tensor, scaling: float,
      dtype: int) -> List[Tensor]:
    # positions [t], which restart in every sequence; frequencies [d / 2] or [t, d / 2] in fp64
    # -> scaling * cos, scaling * sin, each [t, d / 2]. The VJP of the turn needs no other factor
    angle = torch.mul(torch.unsqueeze(positions, 1).to(7), frequencies)
    return [torch.mul(torch.cos(angle), scaling).to(dtype),
        torch.mul(torch.sin(angle), scaling).to(dtype)]

  # ---- twins of the fused kernels (kernels.cu): the same by plain operators

  def rms_norm_into(self: __torch__.Llama, x: Tensor, w: Tensor, y: Tensor, eps: float) -> Tensor:
    # y[:, :h] = norm(x)
    return y[:, :x.size(1)].copy_(__torch__.rms_norm(x, w, eps))

  def add_rms_norm_into(self: __torch__.Llama, delta: Tensor, x: Tensor, w: Tensor, y: Tensor,
      eps: float) -> Tensor:
    # delta += x;   y[:, :h] = norm(delta)
    delta.add_(x)
    return y[:, :x.size(1)].copy_(__torch__.rms_norm(delta, w, eps))

  def rms_norm_vjp_add(self: __torch__.Llama, dy: Tensor, x: Tensor, w: Tensor, sum: Tensor,
      eps: float) -> Tensor:
    # sum[:, :h] += dx
    h = x.size(1)
    dx = __torch__.rms_norm_vjp(dy[:, :h], x, w, eps)
    return sum[:, :h].copy_(torch.add(dx, sum[:, :h]))

  def rotate_in_place(self: __torch__.Llama, qk: Tensor, cos: Tensor, sin: Tensor, heads: int,
      d: int) -> Tensor:
    # the first heads of qk [t, heads * d and more]
    x = qk[:, :heads * d]
    return x.copy_(__torch__.rotate(x.reshape([x.size(0), heads, d]), cos, sin, 1.0).reshape(
        [x.size(0), heads * d]))

  def rotate_back(self: __torch__.Llama, dq: Tensor, dk: Tensor, dv: Tensor, out: Tensor,
      cos: Tensor, sin: Tensor, d: int) -> Tensor:
    # out [t, (n + 2m)d and more] = dq and dk turned back, and dv
    t = dq.size(0)
    qs = __torch__.rotate(dq.reshape([t, -1, d]), cos, sin, -1.0).reshape([t, -1])
    ks = __torch__.rotate(dk.reshape([t, -1, d]), cos, sin, -1.0).reshape([t, -1])
    out[:, :qs.size(1)].copy_(qs)
    out[:, qs.size(1):qs.size(1) + ks.size(1)].copy_(ks)
    return out[:, qs.size(1) + ks.size(1):qs.size(1) + 2 * ks.size(1)].copy_(dv)

  def swiglu(self: __torch__.Llama, gu: Tensor, a: Tensor, f: int) -> Tensor:
    # a = silu(gate) * up   (Shazeer 2020), gate and up side by side in gu [t, 2f and more], a [t, f
    # and more]
    product = torch.mul(torch.silu(__torch__.widen(gu[:, :f])), gu[:, f:2 * f])
    return a[:, :f].copy_(product)

  def swiglu_vjp(self: __torch__.Llama, gu: Tensor, a: Tensor, f: int) -> Tensor:
    # with da in a: gate and up become dgate and dup, and da becomes silu(gate) * up
    gate = __torch__.widen(gu[:, :f])
    up = __torch__.widen(gu[:, f:2 * f])
    da = __torch__.widen(a[:, :f])
    silu = torch.silu(gate)
    product = torch.mul(silu, up)
    dgate = torch.silu_backward(torch.mul(da, up), gate)
    dup = torch.mul(da, silu)
    gu[:, :f].copy_(dgate)
    gu[:, f:2 * f].copy_(dup)
    return a[:, :f].copy_(product)

  def swiglu_lora(self: __torch__.Llama, gu: Tensor, a: Tensor, adapter: List[Tensor], f: int,
      s: float) -> Tensor:
    # swiglu of gate and up with LoRA's part, which stays away from gu
    u = gu[:, 2 * f:]
    rank = adapter[9].size(1)
    gate = torch.add(gu[:, :f], torch.matmul(u[:, :rank], torch.t(adapter[9])), alpha=s)
    b = adapter[11]
    up = torch.add(gu[:, f:2 * f], torch.matmul(u[:, rank:rank + b.size(1)], torch.t(b)), alpha=s)
    return a[:, :f].copy_(torch.mul(torch.silu(__torch__.widen(gate)), up))

  def swiglu_lora_vjp(self: __torch__.Llama, gu: Tensor, a: Tensor, dy: Tensor,
      adapter: List[Tensor], f: int, h: int, s: float) -> Tensor:
    # with da without LoRA's part in a, and du in the tail of dy [t, h + R]
    __torch__.add_mlp_lora(gu, adapter, f, s)
    down = adapter[12]
    if down.size(0) > 0:
      a[:, :f].add_(torch.matmul(dy[:, h:h + down.size(0)], down))
    return self.swiglu_vjp(gu, a, f)

  def swiglu_lora_sums(self: __torch__.Llama, gu: Tensor, a: Tensor, dy: Tensor, sums: List[Tensor],
      f: int, h: int, s: float) -> Tensor:
    # afterwards: dB of gate and up, dA of down
    u = gu[:, 2 * f:]
    rank = 0
    for p in range(4, 6):
      r = sums[2 * p].size(0)
      if r > 0:
        derivative = gu[:, (p - 4) * f:(p - 3) * f]
        sums[2 * p + 1].add_(torch.matmul(torch.t(derivative), u[:, rank:rank + r]), alpha=s)
      rank = rank + r
    r = sums[12].size(0)
    if r > 0:
      sums[12].add_(torch.matmul(torch.t(dy[:, h:h + r]), a[:, :f]))
    return a

  def add_of_a(self: __torch__.Llama, da: Tensor, sums: List[Tensor], first: int,
      parts: int) -> Tensor:
    __torch__.scatter_a(da, sums, first, parts)
    return da

  def copy_strip(self: __torch__.Llama, x: Tensor, at: int, y: Tensor, to: int,
      columns: int) -> Tensor:
    return y[:, to:to + columns].copy_(x[:, at:at + columns])

  def cross_entropy(self: __torch__.Llama, z: Tensor, targets: Tensor, losses: Tensor,
      backward: int) -> Tensor:
    # losses = logsumexp(z) - z[target];   z [c, v] becomes softmax(z) - onehot(target) if backward
    wide = __torch__.widen(z)
    wanted = torch.unsqueeze(targets, 1)
    lse = torch.logsumexp(wide, [1], True)
    losses.copy_(torch.squeeze(torch.sub(lse, torch.gather(wide, 1, wanted)), 1))
    if backward == 1:
      z.copy_(torch.exp(torch.sub(wide, lse)).scatter_add_(1, wanted, torch.full_like(lse, -1.0)))
    return losses

  # ---- LoRA

  def lora_u(self: __torch__.Llama, x: Tensor, w: List[Tensor], s: float) -> Tensor:
    return __torch__.lora_in(x, w[0], s)

  def lora_du(self: __torch__.Llama, dy: Tensor, w: List[Tensor], s: float) -> Tensor:
    return __torch__.lora_out(dy, w[1], s)

  def lora_gradients(self: __torch__.Llama, dy: Tensor, du: Tensor, x: Tensor, w: List[Tensor],
      sums: List[Tensor], first: int, parts: int, s: float) -> Tensor:
    # dy [t, o and more], du [t, R], x [t, i or i + R], whose tail is filled: adds dA and dB
    a = w[0]
    if a.size(0) > 0:
      u = __torch__.lora_in(x, a, s)
      __torch__.scatter_a(torch.matmul(torch.t(du), x[:, :a.size(1)]), sums, first, parts)
      __torch__.scatter_b(torch.matmul(torch.t(dy[:, :w[1].size(0)]), u), sums, first, parts)
    return du

  def lora_gradient_a(self: __torch__.Llama, dy: Tensor, x: Tensor, w: List[Tensor],
      sums: List[Tensor], first: int, parts: int) -> Tensor:
    # dy [t, o + R] with its tail, x [t, i and more]: adds dA
    du = dy[:, w[1].size(0):]
    if w[0].size(0) > 0:
      __torch__.scatter_a(torch.matmul(torch.t(du), x[:, :w[0].size(1)]), sums, first, parts)
    return du

  def lora_gradient_b(self: __torch__.Llama, dy: Tensor, x: Tensor, at: int, w: List[Tensor],
      sums: List[Tensor], first: int, parts: int) -> Tensor:
    # dy [t, o and more], x with u in its columns from at on: adds dB
    u = x[:, at:at + w[0].size(0)]
    __torch__.scatter_b(torch.matmul(torch.t(dy[:, :w[1].size(0)]), u), sums, first, parts)
    return u

  # ---- attention block:  y = x + attention(norm(x)).WoT

  def head_norms(self: __torch__.Llama, qk: Tensor, qw: Tensor, kw: Tensor, n: int, m: int,
      eps: float) -> Tensor:
    # Qwen3: q and k of qk [t, (n + m)d and more] are normalised head by head
    t = qk.size(0)
    d = qw.size(0)
    q = qk[:, :n * d]
    k = qk[:, n * d:(n + m) * d]
    q.copy_(__torch__.rms_norm(q.reshape([t, n, d]), qw, eps).reshape([t, n * d]))
    return k.copy_(__torch__.rms_norm(k.reshape([t, m, d]), kw, eps).reshape([t, m * d]))

  def head_norms_vjp(self: __torch__.Llama, dqk: Tensor, raw: Tensor, qw: Tensor, kw: Tensor,
      n: int, m: int, eps: float) -> Tensor:
    # in place, from what entered the norms
    t = raw.size(0)
    d = qw.size(0)
    q = dqk[:, :n * d]
    k = dqk[:, n * d:(n + m) * d]
    dq = __torch__.rms_norm_vjp(q.reshape([t, n, d]), raw[:, :n * d].reshape([t, n, d]), qw, eps)
    dk = __torch__.rms_norm_vjp(k.reshape([t, m, d]), raw[:, n * d:(n + m) * d].reshape([t, m, d]),
        kw, eps)
    q.copy_(dq.reshape([t, n * d]))
    return k.copy_(dk.reshape([t, m * d]))

  def copy_columns(self: __torch__.Llama, x: Tensor, columns: int) -> Tensor:
    return x[:, :columns].clone()


  def qkv(self: __torch__.Llama, x: Tensor, w: List[Tensor], bias: Tensor, group: int, groups: int,
      n: int, m: int, d: int) -> Tensor:
    # x [t, h + R] with its tail -> q, k, v of one group of key-value heads and their queries, [t,
    # (n + 2m)d / groups]
    matrix = w[2]
    if groups == 1:
      y = torch.matmul(x, torch.t(matrix[:(n + 2 * m) * d]))
      if bias.size(0) > 0:
        y.add_(bias)
      return y
    q = n * d // groups
    k = m * d // groups
    y = torch.empty([x.size(0), q + 2 * k], dtype=x.dtype, device=x.device)
    at = __torch__.group_rows(group, groups, n, m, d)
    to = [0, q, q + k, q + 2 * k]
    for p in range(3):
      width = to[p + 1] - to[p]
      part = y[:, to[p]:to[p + 1]]
      torch.matmul(x, torch.t(matrix[at[p]:at[p] + width]), out=part)
      if bias.size(0) > 0:
        part.add_(bias[at[p]:at[p] + width])
    return y

  def attend(self: __torch__.Llama, qkv: Tensor, n: int, m: int, d: int, bounds: Tensor,
      longest: int, equal: int, window: int) -> List[Tensor]:
    # qkv [t, (n + 2m)d], rotated -> o [t, nd] first, then what the VJP needs of it
    t = qkv.size(0)
    q = qkv[:, :n * d].reshape([t, n, d])
    k = qkv[:, n * d:(n + m) * d].reshape([t, m, d])
    v = qkv[:, (n + m) * d:(n + 2 * m) * d].reshape([t, m, d])
    o, saved = __torch__.attention(q, k, v, bounds, longest, equal, window)
    return [o.reshape([t, n * d])] + saved

  def attend_vjp(self: __torch__.Llama, derivative: Tensor, qkv: Tensor, kept: List[Tensor],
      at: int, n: int, m: int, d: int, bounds: Tensor, longest: int, equal: int,
      window: int) -> List[Tensor]:
    # derivative [t, nd]; kept[0] [t, all heads * d], of which this group's begin at column at -> dq
    # [t, nd], dk, dv [t, md]
    t = qkv.size(0)
    q = qkv[:, :n * d].reshape([t, n, d])
    k = qkv[:, n * d:(n + m) * d].reshape([t, m, d])
    v = qkv[:, (n + m) * d:(n + 2 * m) * d].reshape([t, m, d])
    o = kept[0][:, at:at + n * d].reshape([t, n, d])
    dq, dk, dv = __torch__.attention_vjp(derivative.reshape([t, n, d]), q, k, v, o, kept[1:],
        bounds, longest, equal, window)
    return [dq.reshape([t, n * d]), dk.reshape([t, m * d]), dv.reshape([t, m * d])]

  def with_first(self: __torch__.Llama, first: Tensor, kept: List[Tensor]) -> List[Tensor]:
    return [first] + kept[1:]

  def without_first(self: __torch__.Llama, kept: List[Tensor]) -> List[Tensor]:
    return kept[1:]

  def put_first(self: __torch__.Llama, first: Tensor, rest: List[Tensor]) -> List[Tensor]:
    return [first] + rest

  def out(self: __torch__.Llama, x: Tensor, w: List[Tensor], bias: Tensor, s: float) -> Tensor:
    # x [t, nd] -> x.WoT with LoRA, [t, h]
    h = w[1].size(0)
    y = torch.matmul(x, torch.t(w[2][:h, :x.size(1)]))
    if w[0].size(0) > 0:
      y.addmm_(__torch__.lora_in(x, w[0], s), torch.t(w[1]))
    if bias.size(0) > 0:
      y.add_(bias)
    return y

  def out_vjp(self: __torch__.Llama, dy: Tensor, w: List[Tensor], at: int, width: int) -> Tensor:
    # dy [t, h + R] with its tail -> columns at .. at + width of dx [t, nd]
    return torch.matmul(dy, w[2][:, at:at + width])

  def linear_vjp(self: __torch__.Llama, dy: Tensor, w: List[Tensor]) -> Tensor:
    # dy [t, o + R] with its tail -> dx [t, i]
    return torch.matmul(dy, w[2][:, :w[0].size(1)])

  def qkv_group_vjp(self: __torch__.Llama, dqkv: Tensor, x: Tensor, w: List[Tensor],
      sums: List[Tensor], group: int, groups: int, n: int, m: int, d: int, dx: Tensor,
      s: float) -> Tensor:
    # one group's share, added to dx [t, h + R], whose tail collects du; x [t, h + R] with its tail;
    # adds dB. Before the first group dx is all zeros.
    h = w[0].size(1)
    q = n * d // groups
    k = m * d // groups
    at = __torch__.group_rows(group, groups, n, m, d)
    to = [0, q, q + k, q + 2 * k]
    rank = 0
    for p in range(3):
      width = to[p + 1] - to[p]
      dy = dqkv[:, to[p]:to[p + 1]]
      rows = w[2][at[p]:at[p] + width]
      dx[:, :h].addmm_(dy, rows[:, :h])
      r = sums[2 * p].size(0)
      if r > 0:
        dx[:, h + rank:h + rank + r].addmm_(dy, rows[:, h + rank:h + rank + r], alpha=s)
        offset = group * width
        sums[2 * p + 1][offset:offset + width].add_(
            torch.matmul(torch.t(dy), x[:, h + rank:h + rank + r]))
      rank = rank + r
    return dx

  def qkv_groups_end(self: __torch__.Llama, dx: Tensor, x: Tensor, w: List[Tensor],
      sums: List[Tensor]) -> Tensor:
    # dx += du.A, and dA, once the tail of dx has all of du
    h = w[0].size(1)
    if dx.size(1) > h:
      dx[:, :h].addmm_(dx[:, h:], w[0])
      da = torch.matmul(torch.t(dx[:, h:]), x[:, :h])
      rank = 0
      for p in range(3):
        r = sums[2 * p].size(0)
        sums[2 * p].add_(da[rank:rank + r])
        rank = rank + r
    return dx

  # ---- MLP block:  y = x + (silu(gate) * up).WdownT, tile rows at a time

  def gate_up(self: __torch__.Llama, x: Tensor, w: List[Tensor], s: float) -> Tensor:
    # x [c, h + R] -> gate and up side by side, and x.AT behind them: [c, 2f + R]
    __torch__.lora_in(x, w[0], s)
    return torch.matmul(x, torch.t(w[2]))

  def gate_up_frozen(self: __torch__.Llama, x: Tensor, w: List[Tensor]) -> Tensor:
    # x [c, h + R] -> gate and up without LoRA's part, and x.AT behind them: [c, 2f + R]
    rows = w[1].size(0)
    h = w[0].size(1)
    y = torch.empty([x.size(0), w[2].size(0)], dtype=x.dtype, device=x.device)
    torch.matmul(x[:, :h], torch.t(w[2][:rows, :h]), out=y[:, :rows])
    torch.matmul(x[:, :h], torch.t(w[0]), out=y[:, rows:])
    return y

  def down(self: __torch__.Llama, a: Tensor, w: List[Tensor], x: Tensor, y: Tensor,
      s: float) -> Tensor:
    # a [c, f + R]; y = x + a.WdownT with LoRA, [c, h]; y may be x
    __torch__.lora_in(a, w[0], s)
    return torch.addmm(x, a, torch.t(w[2][:w[1].size(0)]), out=y)

  def down_vjp(self: __torch__.Llama, dy: Tensor, w: List[Tensor], s: float) -> Tensor:
    # dy [c, h + R]: fills its tail -> da with room for a tail, [c, f + R]
    __torch__.lora_out(dy, w[1], s)
    f = w[0].size(1)
    da = torch.empty([dy.size(0), f + w[0].size(0)], dtype=dy.dtype, device=dy.device)
    torch.matmul(dy, w[2][:, :f], out=da[:, :f])
    return da

  def down_vjp_frozen(self: __torch__.Llama, dy: Tensor, w: List[Tensor], s: float) -> Tensor:
    # the same without LoRA's part of da
    __torch__.lora_out(dy, w[1], s)
    h = w[1].size(0)
    f = w[0].size(1)
    da = torch.empty([dy.size(0), f + w[0].size(0)], dtype=dy.dtype, device=dy.device)
    torch.matmul(dy[:, :h], w[2][:h, :f], out=da[:, :f])
    return da

  # ---- fp8 products: xc is x by rows, [codes, scale]; w is [A, B, codes, scale]

  def fp8_linear(self: __torch__.Llama, x: Tensor, xc: List[Tensor], w: List[Tensor], bias: Tensor,
      s: float) -> Tensor:
    # x [t, i or i + R] -> y [t, o] with LoRA
    y = __torch__.fp8_product(xc, w[2], w[3], x.dtype)
    if w[0].size(0) > 0:
      y.addmm_(__torch__.lora_in(x, w[0], s), torch.t(w[1]))
    if bias.size(0) > 0:
      y.add_(bias)
    return y

  def fp8_qkv_group(self: __torch__.Llama, x: Tensor, xc: List[Tensor], w: List[Tensor],
      bias: Tensor, group: int, groups: int, n: int, m: int, d: int) -> Tensor:
    # x [t, h + R] with its tail -> q, k, v of one group
    h = w[0].size(1)
    q = n * d // groups
    k = m * d // groups
    y = torch.empty([x.size(0), q + 2 * k], dtype=x.dtype, device=x.device)
    at = __torch__.group_rows(group, groups, n, m, d)
    to = [0, q, q + k, q + 2 * k]
    for p in range(3):
      end = at[p] + to[p + 1] - to[p]
      part = __torch__.fp8_product(xc, w[2][at[p]:end], w[3][at[p]:end], x.dtype)
      if w[0].size(0) > 0:
        part.addmm_(x[:, h:], torch.t(w[1][at[p]:end]))
      if bias.size(0) > 0:
        part.add_(bias[at[p]:end])
      y[:, to[p]:to[p + 1]].copy_(part)
    return y

  def add_into(self: __torch__.Llama, x: Tensor, y: Tensor, out: Tensor) -> Tensor:
    return torch.add(x, y, out=out)

  def fp8_vjp(self: __torch__.Llama, dyc: List[Tensor], du: Tensor, turned: Tensor, w: List[Tensor],
      at: int, width: int) -> Tensor:
    # dyc [t, o], of dy * scaleT: the scale of W varies along the summed axis; turned [i, o], the
    # codes of W transposed; du [t, R] -> columns at .. at + width of dx = dy.frozen + du.A
    ones = torch.ones([width, 1], dtype=6, device=du.device)
    dx = __torch__.fp8_product(dyc, turned[at:at + width], ones, du.dtype)
    if w[0].size(0) > 0:
      dx.addmm_(du, w[0][:, at:at + width])
    return dx

  def columns(self: __torch__.Llama, x: Tensor, start: int) -> Tensor:
    # a view from column start on
    return x[:, start:]

  # ---- head:  loss = sum over targets of  logsumexp(z) - z[target],  z = norm(x).WT

  def product(self: __torch__.Llama, x: Tensor, w: Tensor) -> Tensor:
    # x [c, h], w [v, h] -> x.wT
    return torch.matmul(x, torch.t(w))

  def product_vjp(self: __torch__.Llama, dy: Tensor, w: Tensor) -> Tensor:
    return torch.matmul(dy, w)

  def pick(self: __torch__.Llama, x: Tensor, rows: Tensor) -> Tensor:
    return torch.index_select(x, 0, rows)

  def put_rows(self: __torch__.Llama, target: Tensor, rows: Tensor, x: Tensor) -> Tensor:
    # target[rows, :h] = x
    return target[:, :x.size(1)].index_copy_(0, rows, x)

  def total(self: __torch__.Llama, losses: Tensor) -> Tensor:
    return torch.sum(losses, dtype=7)

  def logits(self: __torch__.Llama, x: Tensor, norm: Tensor, w: Tensor, eps: float) -> Tensor:
    # x [t, h] -> [t, v]
    return torch.matmul(__torch__.rms_norm(x, norm, eps).to(x.dtype), torch.t(w))

  # ---- the end of a micro-batch

  def commit(self: __torch__.Llama, total: Tensor, scratch: Tensor, loss: Tensor) -> float:
    # total += scratch if the loss and every gradient are finite. Returns their sum, which is finite
    # only if its terms are.
    check = float(torch.add(torch.sum(scratch, dtype=7), loss))
    if check - check == 0.0:
      total.add_(scratch)
    return check

  def item(self: __torch__.Llama, x: Tensor) -> float:
    return float(x)

  def non_finite(self: __torch__.Llama, x: Tensor) -> float:
    # the number of values that are NaN or infinite
    return float(torch.sum(torch.logical_not(torch.isfinite(x))))

  # ---- conformance of kernels, on fixed numbers

  def elements(self: __torch__.Llama, x: Tensor) -> float:
    return float(x.numel())

  def flat(self: __torch__.Llama, x: Tensor) -> Tensor:
    return x.reshape([-1])

  def joined(self: __torch__.Llama, x: Tensor, y: Tensor) -> Tensor:
    return torch.cat([x.reshape([-1]).to(7), y.reshape([-1]).to(7)])

  def sample(self: __torch__.Llama, elements: int, phase: float, columns: int, dtype: int,
      device: int) -> Tensor:
    # smooth, aperiodic numbers in (-1, 1) as [t, columns]
    x = torch.sin(torch.add(torch.mul(torch.arange(elements, dtype=7), 1.7), phase))
    return x.reshape([-1, columns]).to(__torch__.device_of(device), dtype)

  def attention_check(self: __torch__.Llama, qkv: Tensor, derivative: Tensor, n: int, m: int,
      d: int, bounds: Tensor, longest: int, equal: int, window: int) -> Tensor:
    # o, dq, dk, dv in one vector
    kept = self.attend(qkv, n, m, d, bounds, longest, equal, window)
    back = self.attend_vjp(derivative, qkv, kept, 0, n, m, d, bounds, longest, equal, window)
    return torch.cat([kept[0].reshape([-1]), back[0].reshape([-1]), back[1].reshape([-1]),
        back[2].reshape([-1])])
