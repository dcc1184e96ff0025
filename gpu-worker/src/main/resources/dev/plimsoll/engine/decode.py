# Decoding with a key-value cache: forward only, for one text. t new tokens follow those in the
# cache; the first of them stands at position start. Sizes and linear maps as in llama.py: n query
# heads; m key-value heads; d head; h hidden; f MLP; v vocabulary; C positions in the cache; a
# linear map is [A, B, W] with LoRA beside the frozen part, never merged into it:
#       y = x.frozenT + bias + s * (x.AT).BT,   and s = 0 leaves LoRA out
#
# A layer is a list of 18 tensors: the norms before attention and MLP [h], the biases of qkv and of
# the output (empty where there is none), the norms of queries and keys [d] (likewise), then AT, BT
# and frozenT of qkv, output, gate and up, down. The cache has two tensors a layer: keys, which are
# turned, and values, both [m, C, d].
#
# Results are rounded where Transformers rounds them, so that in bf16 too both choose the same
# tokens where their products have the same bits: a product, a turn and an activation each to the
# compute precision.
#
# What crosses the border to Java is said in llama.py. Each method has one Java method of its name,
# in DecodeScript.

def transposed(w: List[Tensor]) -> List[Tensor]:
  # [A, B, W] -> AT [i, R], BT [R, o], frozenT [i, o], which are views
  return [torch.t(w[0]), torch.t(w[1]), torch.t(w[2][:w[1].size(0), :w[0].size(1)])]

def linear(x: Tensor, layer: List[Tensor], at: int, bias: Tensor, s: float) -> Tensor:
  # x [t, i] -> [t, o]
  if bias.size(0) > 0:
    y = torch.addmm(bias, x, layer[at + 2])
  else:
    y = torch.matmul(x, layer[at + 2])
  if s != 0.0 and layer[at].size(1) > 0:
    y.addmm_(torch.matmul(x, layer[at]), layer[at + 1], beta=1, alpha=s)
  return y

def norm(x: Tensor, w: Tensor, eps: float) -> Tensor:
  # over the last dimension; on a GPU one kernel, which rounds once
  if x.is_cuda:
    return torch.rms_norm(x, [w.size(0)], w, eps)
  wide = x
  if x.dtype == 15:
    wide = x.to(6)
  rho = torch.rsqrt(torch.add(torch.mean(torch.mul(wide, wide), [-1], True), eps))
  return torch.mul(torch.mul(wide, rho).to(x.dtype), w)

def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  # Rotary embedding of x [t, .., d]; cos and sin [t, 1, d], where sin has the sign of the half
  half = x.size(2) // 2
  return torch.add(torch.mul(x, cos), torch.mul(torch.roll(x, [half], [2]), sin))

# Attention of q [t, n, d] over keys and values [m, C, d], which are filled up to end = start + t,
# is [t, nd]. Key j is seen from position i if j <= i, and in a window W > 0 if j > i - W. There are
# three ways; AttentionWay chooses one.

def seen_keys(t: int, end: int, window: int, like: Tensor) -> Tensor:
  # [t, end], true where the last t positions see a key
  rows = torch.unsqueeze(torch.arange(end - t, end, device=like.device), 1)
  columns = torch.unsqueeze(torch.arange(0, end, device=like.device), 0)
  seen = torch.le(columns, rows)
  if window > 0:
    return torch.logical_and(seen, torch.gt(columns, torch.sub(rows, window)))
  return seen

def repeated(x: Tensor, end: int, groups: int) -> Tensor:
  # [m, C, d] -> [1, n, end, d]
  return torch.unsqueeze(torch.repeat_interleave(x[:, :end], groups, 0), 0)

def composed(q: Tensor, keys: Tensor, values: Tensor, end: int, window: int) -> Tensor:
  # by plain operators, in fp32 at least: the yardstick
  t = q.size(0)
  groups = q.size(1) // keys.size(0)
  wide = q
  k = __torch__.repeated(keys, end, groups)[0]
  v = __torch__.repeated(values, end, groups)[0]
  if q.dtype == 15:
    wide = q.to(6)
    k = k.to(6)
    v = v.to(6)
  scores = torch.div(torch.matmul(torch.transpose(wide, 0, 1), torch.transpose(k, 1, 2)),
      float(q.size(2)) ** 0.5)
  hidden = torch.logical_not(__torch__.seen_keys(t, end, window, q))
  o = torch.matmul(torch.softmax(torch.masked_fill(scores, hidden, -inf), 2), v)
  return torch.transpose(o, 0, 1).reshape([t, -1]).to(q.dtype)

def dispatched(q: Tensor, keys: Tensor, values: Tensor, end: int, window: int) -> Tensor:
  # by what PyTorch chooses
  t = q.size(0)
  n = q.size(1)
  m = keys.size(0)
  if t == 1:
    # the queries of one key-value head are the rows of one product
    first = 0
    if window > 0 and end > window:
      first = end - window
    o = torch.scaled_dot_product_attention(q.reshape([1, m, n // m, q.size(2)]),
        torch.unsqueeze(keys[:, first:end], 0), torch.unsqueeze(values[:, first:end], 0))
    return o.reshape([1, n * q.size(2)])
  heads = torch.unsqueeze(torch.transpose(q, 0, 1), 0)
  k = __torch__.repeated(keys, end, n // m)
  v = __torch__.repeated(values, end, n // m)
  if t == end and (window == 0 or end <= window):
    o = torch.scaled_dot_product_attention(heads, k, v, None, 0.0, True)
  else:
    o = torch.scaled_dot_product_attention(heads, k, v,
        __torch__.seen_keys(t, end, window, q))
  return torch.transpose(o[0], 0, 1).reshape([t, n * q.size(2)])

def flash(q: Tensor, keys: Tensor, values: Tensor, end: int, window: int) -> Tensor:
  # by the flash kernel (Dao 2023), which knows grouped queries, and whose last query sees the last
  # key. PyTorch may choose cuDNN's kernel instead, which builds a plan for each new shape, and here
  # each token has a new one.
  left = annotate(Optional[int], None)
  right = annotate(Optional[int], None)
  if window > 0:
    left = window - 1
    right = 0
  o, lse, seed, offset, mask = torch._flash_attention_forward(torch.unsqueeze(q, 0),
      torch.unsqueeze(torch.transpose(keys[:, :end], 0, 1), 0),
      torch.unsqueeze(torch.transpose(values[:, :end], 0, 1), 0), None, None, q.size(0), end, 0.0,
      True, False, window_size_left=left, window_size_right=right)
  return o.reshape([q.size(0), -1])

def attention(q: Tensor, keys: Tensor, values: Tensor, end: int, window: int, way: int) -> Tensor:
  if way == 2:
    return __torch__.flash(q, keys, values, end, window)
  if way == 1:
    return __torch__.dispatched(q, keys, values, end, window)
  return __torch__.composed(q, keys, values, end, window)

def smooth(rows: int, heads: int, d: int, phase: float, like: Tensor) -> Tensor:
  # aperiodic numbers in (-1, 1), [rows, heads, d]
  x = torch.sin(torch.add(torch.mul(torch.arange(rows * heads * d, dtype=7), 1.7), phase))
  return x.reshape([rows, heads, d]).to(like.device, like.dtype)

class Decode(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # ---- what lives as long as the decoder

  def layer(self: __torch__.Decode, attention_norm: Tensor, mlp_norm: Tensor, qkv_bias: Tensor,
      out_bias: Tensor, query_norm: Tensor, key_norm: Tensor, qkv: List[Tensor],
      out: List[Tensor], gate_up: List[Tensor], down: List[Tensor]) -> List[Tensor]:
    vectors = [attention_norm, mlp_norm, qkv_bias, out_bias, query_norm, key_norm]
    maps = __torch__.transposed(qkv) + __torch__.transposed(out)
    return vectors + maps + __torch__.transposed(gate_up) + __torch__.transposed(down)

  def none(self: __torch__.Decode) -> List[Tensor]:
    return annotate(List[Tensor], [])

  def both(self: __torch__.Decode, one: List[Tensor], other: List[Tensor]) -> List[Tensor]:
    return one + other

  def cache(self: __torch__.Decode, layers: int, m: int, positions: int, d: int,
      like: Tensor) -> List[Tensor]:
    out = annotate(List[Tensor], [])
    for i in range(2 * layers):
      torch.append(out, torch.zeros([m, positions, d], dtype=like.dtype, device=like.device))
    return out

  def part(self: __torch__.Decode, tensors: List[Tensor], start: int, end: int) -> List[Tensor]:
    return tensors[start:end]

  def angles(self: __torch__.Decode, positions: Tensor, frequencies: Tensor, scaling: float,
      like: Tensor) -> List[Tensor]:
    # positions [t], frequencies [d / 2] in fp64 -> cos, sin [t, 1, d] as turned() wants them
    angle = torch.mul(torch.unsqueeze(positions, 1).to(7), frequencies)
    cos = torch.unsqueeze(torch.mul(torch.cos(angle), scaling).to(6), 1).to(like.dtype)
    sin = torch.unsqueeze(torch.mul(torch.sin(angle), scaling).to(6), 1).to(like.dtype)
    if like.dtype == 7:
      cos = torch.unsqueeze(torch.mul(torch.cos(angle), scaling), 1)
      sin = torch.unsqueeze(torch.mul(torch.sin(angle), scaling), 1)
    return [torch.cat([cos, cos], 2), torch.cat([torch.neg(sin), sin], 2)]

  def rows(self: __torch__.Decode, angles: List[Tensor], start: int, end: int) -> List[Tensor]:
    return [angles[0][start:end], angles[1][start:end]]

  # ---- the four steps of a layer. x is the residual stream [t, h]

  def attend(self: __torch__.Decode, x: Tensor, layer: List[Tensor], cache: List[Tensor],
      angles: List[Tensor], start: int, window: int, n: int, eps: float, s: float,
      way: int) -> Tensor:
    # writes keys and values of the new tokens into the cache [2] of the layer -> [t, nd]
    t = x.size(0)
    m = cache[0].size(0)
    d = cache[0].size(2)
    normed = __torch__.norm(x, layer[0], eps)
    qkv = __torch__.linear(normed, layer, 6, layer[2], s).reshape([t, n + 2 * m, d])
    if layer[4].size(0) > 0:
      q = __torch__.turned(__torch__.norm(qkv[:, :n], layer[4], eps), angles[0], angles[1])
      k = __torch__.turned(__torch__.norm(qkv[:, n:n + m], layer[5], eps), angles[0], angles[1])
    else:
      qk = __torch__.turned(qkv[:, :n + m], angles[0], angles[1])
      q = qk[:, :n]
      k = qk[:, n:]
    cache[0][:, start:start + t].copy_(torch.transpose(k, 0, 1))
    cache[1][:, start:start + t].copy_(torch.transpose(qkv[:, n + m:], 0, 1))
    return __torch__.attention(q, cache[0], cache[1], start + t, window, way)

  def attended(self: __torch__.Decode, x: Tensor, o: Tensor, layer: List[Tensor],
      s: float) -> Tensor:
    # x + o.WoT, [t, h]
    return torch.add(x, __torch__.linear(o, layer, 9, layer[3], s))

  def gate_up(self: __torch__.Decode, x: Tensor, layer: List[Tensor], nothing: Tensor, eps: float,
      s: float) -> Tensor:
    # silu(gate) * up of norm(x), [t, f]; nothing [0]
    y = __torch__.linear(__torch__.norm(x, layer[1], eps), layer, 12, nothing, s)
    f = y.size(1) // 2
    return torch.mul(torch.silu(y[:, :f]), y[:, f:])

  def down(self: __torch__.Decode, x: Tensor, a: Tensor, layer: List[Tensor], nothing: Tensor,
      s: float) -> Tensor:
    # x + a.WdownT, [t, h]
    return torch.add(x, __torch__.linear(a, layer, 15, nothing, s))

  def layers(self: __torch__.Decode, x: Tensor, weights: List[Tensor], cache: List[Tensor],
      angles: List[Tensor], windows: Tensor, nothing: Tensor, start: int, n: int, eps: float,
      s: float, way: int) -> Tensor:
    # all layers in one call; windows [layers] on the CPU, 0 for none
    for i in range(windows.size(0)):
      layer = weights[18 * i:18 * i + 18]
      o = self.attend(x, layer, cache[2 * i:2 * i + 2], angles, start, int(windows[i]), n, eps, s,
          way)
      x = self.attended(x, o, layer, s)
      x = self.down(x, self.gate_up(x, layer, nothing, eps, s), layer, nothing, s)
    return x

  def attention_difference(self: __torch__.Decode, like: Tensor, n: int, m: int, d: int,
      window: int, way: int) -> float:
    # from the yardstick, over its largest value: several tokens behind others, and a single one
    q = __torch__.smooth(5, n, d, 0.1, like)
    keys = __torch__.smooth(m, 16, d, 0.4, like)
    values = __torch__.smooth(m, 16, d, 0.9, like)
    largest = 0.0
    for t in [5, 1]:
      o = __torch__.attention(q[:t], keys, values, 11, window, way).to(7)
      expected = __torch__.composed(q[:t], keys, values, 11, window).to(7)
      difference = float(torch.max(torch.abs(torch.sub(o, expected))))
      ratio = difference / float(torch.max(torch.abs(expected)))
      if ratio > largest or ratio != ratio:
        largest = ratio
    return largest

  # ---- the next token

  def logits(self: __torch__.Decode, x: Tensor, norm: Tensor, head: Tensor, eps: float) -> Tensor:
    # of the last row of x [t, h] -> [v], in fp32 or fp64
    last = __torch__.norm(x[x.size(0) - 1:], norm, eps)
    z = torch.matmul(last, torch.t(head)).reshape([-1])
    if z.dtype == 15:
      return z.to(6)
    return z

  def unseen(self: __torch__.Decode, z: Tensor) -> Tensor:
    # [v], nothing seen yet
    return torch.zeros([z.size(0)], dtype=11, device=z.device)

  def see(self: __torch__.Decode, seen: Tensor, tokens: Tensor) -> Tensor:
    # seen[tokens] = true
    return seen.index_fill_(0, tokens, 1)

  def penalised(self: __torch__.Decode, z: Tensor, seen: Tensor, penalty: float) -> Tensor:
    # seen tokens become less likely (Keskar et al. 2019, section 4.1)
    lower = torch.where(torch.lt(z, 0.0), torch.mul(z, penalty), torch.div(z, penalty))
    return torch.where(seen, lower, z)

  def likeliest(self: __torch__.Decode, z: Tensor) -> float:
    # the number of the largest logit; waits for the device
    return float(torch.argmax(z))

  def drawn(self: __torch__.Decode, z: Tensor, temperature: float, top_p: float,
      uniform: float) -> float:
    # Of softmax(z / temperature) the fewest tokens whose probability reaches top_p (Holtzman et
    # al. 2020), the likeliest first; of these the one at uniform, which is in [0, 1), of their sum
    p, ids = torch.sort(torch.softmax(torch.div(z, temperature).to(7), 0), 0, True)
    before = torch.sub(torch.cumsum(p, 0), p)
    kept = torch.cumsum(torch.mul(p, torch.lt(before, top_p)), 0)
    below = torch.sum(torch.le(kept, torch.mul(kept[kept.size(0) - 1:], uniform)))
    return float(ids[int(torch.clamp(below, 0, z.size(0) - 1))])
