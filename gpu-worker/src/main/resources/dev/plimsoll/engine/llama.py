# Llama with LoRA: every block has a forward and a hand-written vector-Jacobian product (VJP); autograd is not used.
#
# Notation. Sizes: t tokens of the micro-batch, packed back to back without padding; h hidden; i in and o out of a
# projection; n query heads; m key-value heads; d head; f MLP; r LoRA rank; v vocabulary; c rows of a tile or chunk.
# dX is the derivative of the summed loss by X. Weights are [o, i], as checkpoints keep them. s is the LoRA scaling.
# dtype numbers: 6 fp32, 7 fp64, 15 bf16. Sums of gradients are fp32 (fp64 when computing in fp64).
#
# Only tensors, lists of tensors that this file made, ints and floats cross the border to Java (see DECISIONS.md): so a
# device is a number (-1 the CPU, n the n-th GPU), a flag is 0 or 1, and several results come as one list.
#
# weights of a layer:  0 norm [h], 1 Wq, 2 Wk, 3 Wv, 4 Wo, 5 norm [h], 6 Wgate, 7 Wup, 8 Wdown
# adapter of a layer:  0 A of q,k,v below each other [up to 3r, h], 1 Bq, 2 Bk, 3 Bv, 4 Ao, 5 Bo,
#                      6 A of gate,up [up to 2r, h], 7 Bgate, 8 Bup, 9 Adown, 10 Bdown
# gradients of a layer: A then B of q, k, v, o, gate, up, down: 14 windows into the flat vector
# A projection that is not a target has A [0, i] and B [o, 0].

def widen(x: Tensor) -> Tensor:
  # bf16 becomes fp32; fp32 and fp64 stay.
  if x.dtype == 15:
    return x.to(6)
  return x

def device_of(number: int) -> Device:
  if number < 0:
    return torch.device("cpu")
  return torch.device("cuda:" + str(number))  # torch.device("cuda", n) mistakes its arguments in libtorch 2.11

def rms_norm(x: Tensor, w: Tensor, eps: float) -> Tensor:
  # y = w * x / sqrt(mean(x^2) + eps)   (Zhang and Sennrich 2019).   x [t, h], w [h]
  wide = __torch__.widen(x)
  rho = torch.rsqrt(torch.add(torch.mean(torch.mul(wide, wide), [-1], True), eps))
  return torch.mul(torch.mul(wide, rho), w).to(x.dtype)

def rms_norm_vjp(dy: Tensor, x: Tensor, w: Tensor, eps: float) -> Tensor:
  # with rho = 1 / sqrt(mean(x^2) + eps), u = x * rho, g = dy * w:   dx = rho * (g - u * mean(g * u))
  wide = __torch__.widen(x)
  rho = torch.rsqrt(torch.add(torch.mean(torch.mul(wide, wide), [-1], True), eps))
  u = torch.mul(wide, rho)
  g = torch.mul(__torch__.widen(dy), w)
  return torch.mul(rho, torch.sub(g, torch.mul(u, torch.mean(torch.mul(g, u), [-1], True)))).to(x.dtype)

def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  # Rotary embedding (Su et al. 2021), halves paired as Hugging Face stores them; its VJP is the turn by -sin.
  # x [t, n, d]; cos, sin [t, 1, d / 2] -> [t, n, d]
  half = x.size(2) // 2
  a = x[:, :, :half]
  b = x[:, :, half:]
  turned = [torch.sub(torch.mul(a, cos), torch.mul(b, sin)), torch.add(torch.mul(b, cos), torch.mul(a, sin))]
  return torch.cat(turned, 2).to(x.dtype)

def project(x: Tensor, w: Tensor, u: Tensor, b: Tensor, s: float) -> Tensor:
  # y = x.WT + s * u.BT with u = x.AT   (Hu et al. 2021, eq. 3).   x [t, i], W [o, i], u [t, r], B [o, r] -> [t, o]
  y = torch.matmul(x, torch.t(w))
  if b.size(1) > 0:
    y.addmm_(u, torch.t(b), beta=1, alpha=s)
  return y

def add_product(total: Tensor, a: Tensor, b: Tensor, s: float) -> Tensor:
  # total += s * aT.b.   total [x, y] wide, a [t, x], b [t, y]
  return total.add_(torch.matmul(torch.t(a), b), alpha=s)

def lora_vjp(dx: Tensor, dy: Tensor, x: Tensor, u: Tensor, a: Tensor, b: Tensor, da: Tensor, db: Tensor,
    s: float) -> Tensor:
  # with du = s * dy.B:   dx += du.A;   dA += duT.x;   dB += s * dyT.u.   dx [t, i] is changed in place.
  if b.size(1) > 0:
    du = torch.mul(torch.matmul(dy, b), s)
    __torch__.add_product(da, du, x, 1.0)
    __torch__.add_product(db, dy, u, s)
    dx.addmm_(du, a)
  return dx

def project_vjp(dy: Tensor, x: Tensor, w: Tensor, u: Tensor, a: Tensor, b: Tensor, da: Tensor, db: Tensor,
    s: float) -> Tensor:
  # dx = dy.W + s * dy.B.A, and the LoRA gradients.   dy [t, o], x [t, i] -> dx [t, i]
  return __torch__.lora_vjp(torch.matmul(dy, w), dy, x, u, a, b, da, db, s)

def project_vjp_add(dx: Tensor, dy: Tensor, x: Tensor, w: Tensor, u: Tensor, a: Tensor, b: Tensor, da: Tensor,
    db: Tensor, s: float) -> Tensor:
  # the same, added to dx: for projections that share their input
  return __torch__.lora_vjp(dx.addmm_(dy, w), dy, x, u, a, b, da, db, s)

def mlp_tile(x: Tensor, weights: List[Tensor], adapter: List[Tensor], eps: float,
    s: float) -> Tuple[Tensor, Tensor]:
  # gate = norm(x).WgateT, up = norm(x).WupT, both with LoRA;   x [c, h] -> [c, f], [c, f]
  normed = __torch__.rms_norm(x, weights[5], eps)
  u = torch.matmul(normed, torch.t(adapter[6]))
  rank = adapter[7].size(1)
  gate = __torch__.project(normed, weights[6], u[:, :rank], adapter[7], s)
  return (gate, __torch__.project(normed, weights[7], u[:, rank:], adapter[8], s))

def mlp_tile_vjp(dy: Tensor, x: Tensor, gate: Tensor, up: Tensor, weights: List[Tensor],
    adapter: List[Tensor], gradients: List[Tensor], eps: float, s: float) -> Tensor:
  # y = x + a.WdownT with a = silu(gate) * up.   dy, x [c, h]; gate, up [c, f] -> dx [c, h]
  silu = torch.silu(gate)
  a = torch.mul(silu, up)
  da = __torch__.project_vjp(dy, a, weights[8], torch.matmul(a, torch.t(adapter[9])), adapter[9], adapter[10],
      gradients[12], gradients[13], s)
  dup = torch.mul(da, silu)
  dgate = torch.silu_backward(torch.mul(da, up), gate)
  normed = __torch__.rms_norm(x, weights[5], eps)
  u = torch.matmul(normed, torch.t(adapter[6]))
  rank = adapter[7].size(1)
  dn = __torch__.project_vjp(dgate, normed, weights[6], u[:, :rank], adapter[6][:rank], adapter[7],
      gradients[8], gradients[9], s)
  __torch__.project_vjp_add(dn, dup, normed, weights[7], u[:, rank:], adapter[6][rank:], adapter[8],
      gradients[10], gradients[11], s)
  return torch.add(dy, __torch__.rms_norm_vjp(dn, x, weights[5], eps))

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

  def place(self: __torch__.Llama, x: Tensor, dtype: int, device: int) -> Tensor:
    return x.to(__torch__.device_of(device), dtype)

  def matrix(self: __torch__.Llama, x: Tensor, rows: int, dtype: int, device: int) -> Tensor:
    # a row-major vector as [rows, columns] on its device
    return x.to(__torch__.device_of(device), dtype).reshape([rows, -1])

  def fetch(self: __torch__.Llama, x: Tensor, start: int, length: int, dtype: int) -> Tensor:
    # a window of the flattened tensor, contiguous on the CPU
    return torch.narrow(x.reshape([-1]), 0, start, length).to(torch.device("cpu"), dtype).contiguous()

  def clear(self: __torch__.Llama, x: Tensor) -> Tensor:
    return x.zero_()

  def element(self: __torch__.Llama, tensors: List[Tensor], index: int) -> Tensor:
    return tensors[index]

  def rest(self: __torch__.Llama, tensors: List[Tensor], start: int) -> List[Tensor]:
    return tensors[start:]

  def layer_weights(self: __torch__.Llama, a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor, f: Tensor,
      g: Tensor, h: Tensor, i: Tensor) -> List[Tensor]:
    return [a, b, c, d, e, f, g, h, i]

  # ---- the adapter as windows into a flat vector

  def windows(self: __torch__.Llama, flat: Tensor, weights: List[Tensor], at: int, rank: int,
      targets: int) -> List[Tensor]:
    # A [r, i] then B [o, r] of each targeted projection (bit p of targets), from element at onwards: 14 tensors
    order = [1, 2, 3, 4, 6, 7, 8]
    out = annotate(List[Tensor], [])
    for p in range(7):
      w = weights[order[p]]
      r = rank * ((targets >> p) & 1)
      torch.append(out, torch.narrow(flat, 0, at, r * w.size(1)).reshape([r, w.size(1)]))
      at = at + r * w.size(1)
      torch.append(out, torch.narrow(flat, 0, at, r * w.size(0)).reshape([w.size(0), r]))
      at = at + r * w.size(0)
    return out

  def layer_adapter(self: __torch__.Llama, flat: Tensor, weights: List[Tensor], at: int, rank: int,
      targets: int) -> List[Tensor]:
    # A of projections with the same input are put below each other, so that one product serves them
    w = self.windows(flat, weights, at, rank, targets)
    return [torch.cat([w[0], w[2], w[4]], 0), w[1], w[3], w[5], w[6], w[7],
            torch.cat([w[8], w[10]], 0), w[9], w[11], w[12], w[13]]

  # ---- embedding and positions

  def embed(self: __torch__.Llama, table: Tensor, tokens: Tensor) -> Tensor:
    # table [v, h], tokens [t] -> [t, h]
    return torch.index_select(table, 0, tokens)

  def angles(self: __torch__.Llama, positions: Tensor, frequencies: Tensor, dtype: int) -> List[Tensor]:
    # positions [t], which restart in every sequence; frequencies [d / 2] in fp64 -> cos, sin [t, 1, d / 2]
    angle = torch.mul(torch.unsqueeze(positions, 1).to(7), torch.unsqueeze(frequencies, 0))
    return [torch.unsqueeze(torch.cos(angle).to(dtype), 1), torch.unsqueeze(torch.sin(angle).to(dtype), 1)]

  # ---- attention block:  y = x + attention(norm(x)).WoT

  def attention_forward(self: __torch__.Llama, x: Tensor, weights: List[Tensor], adapter: List[Tensor],
      cos: Tensor, sin: Tensor, bounds: Tensor, longest: int, d: int, eps: float, s: float,
      keep: int) -> List[Tensor]:
    # x [t, h] -> y [t, h] first, then, to keep, q [t, n, d], k, v [t, m, d], o [t, n, d] and the kernel's own
    t = x.size(0)
    normed = __torch__.rms_norm(x, weights[0], eps)
    u = torch.matmul(normed, torch.t(adapter[0]))
    rq = adapter[1].size(1)
    rk = adapter[2].size(1)
    q = __torch__.project(normed, weights[1], u[:, :rq], adapter[1], s).reshape([t, -1, d])
    k = __torch__.project(normed, weights[2], u[:, rq:rq + rk], adapter[2], s).reshape([t, -1, d])
    v = __torch__.project(normed, weights[3], u[:, rq + rk:], adapter[3], s).reshape([t, -1, d])
    q = __torch__.rotate(q, cos, sin)
    k = __torch__.rotate(k, cos, sin)
    o, saved = __torch__.attention(q, k, v, bounds, longest)
    flat = o.reshape([t, -1])
    y = __torch__.project(flat, weights[4], torch.matmul(flat, torch.t(adapter[4])), adapter[5], s).add_(x)
    kept = annotate(List[Tensor], [])
    if keep == 1:
      kept = [q, k, v, o] + saved
    return [y] + kept

  def attention_vjp(self: __torch__.Llama, dy: Tensor, x: Tensor, kept: List[Tensor], weights: List[Tensor],
      adapter: List[Tensor], gradients: List[Tensor], cos: Tensor, sin: Tensor, bounds: Tensor, longest: int,
      eps: float, s: float) -> Tensor:
    # dy, x [t, h] -> dx [t, h]
    t = x.size(0)
    o = kept[3]
    flat = o.reshape([t, -1])
    do = __torch__.project_vjp(dy, flat, weights[4], torch.matmul(flat, torch.t(adapter[4])), adapter[4],
        adapter[5], gradients[6], gradients[7], s)
    dq, dk, dv = __torch__.attention_vjp(do.reshape(o.size()), kept[0], kept[1], kept[2], o, kept[4:], bounds,
        longest)
    back = torch.neg(sin)
    dqs = __torch__.rotate(dq, cos, back).reshape([t, -1])
    dks = __torch__.rotate(dk, cos, back).reshape([t, -1])
    dvs = dv.reshape([t, -1])
    normed = __torch__.rms_norm(x, weights[0], eps)
    u = torch.matmul(normed, torch.t(adapter[0]))
    rq = adapter[1].size(1)
    rk = adapter[2].size(1)
    a = adapter[0]
    dn = __torch__.project_vjp(dqs, normed, weights[1], u[:, :rq], a[:rq], adapter[1], gradients[0],
        gradients[1], s)
    __torch__.project_vjp_add(dn, dks, normed, weights[2], u[:, rq:rq + rk], a[rq:rq + rk], adapter[2],
        gradients[2], gradients[3], s)
    __torch__.project_vjp_add(dn, dvs, normed, weights[3], u[:, rq + rk:], a[rq + rk:], adapter[3],
        gradients[4], gradients[5], s)
    return torch.add(dy, __torch__.rms_norm_vjp(dn, x, weights[0], eps))

  # ---- MLP block:  y = x + (silu(gate) * up).WdownT   (Shazeer 2020), tile rows at a time

  def mlp_forward(self: __torch__.Llama, x: Tensor, weights: List[Tensor], adapter: List[Tensor], tile: int,
      eps: float, s: float, keep: int) -> List[Tensor]:
    # x [t, h] -> y [t, h] first, then, to keep, gate and up [c, f] of each tile
    y = torch.empty_like(x)
    kept = annotate(List[Tensor], [])
    for start in range(0, x.size(0), tile):
      rows = x[start:start + tile]
      gate, up = __torch__.mlp_tile(rows, weights, adapter, eps, s)
      a = torch.mul(torch.silu(gate), up)
      out = __torch__.project(a, weights[8], torch.matmul(a, torch.t(adapter[9])), adapter[10], s)
      y[start:start + tile].copy_(out.add_(rows))
      if keep == 1:
        kept = kept + [gate, up]
    return [y] + kept

  def mlp_vjp(self: __torch__.Llama, dy: Tensor, x: Tensor, kept: List[Tensor], weights: List[Tensor],
      adapter: List[Tensor], gradients: List[Tensor], tile: int, eps: float, s: float) -> Tensor:
    # dy, x [t, h] -> dx [t, h]; gate and up are recomputed when they were not kept
    dx = torch.empty_like(x)
    for start in range(0, x.size(0), tile):
      rows = x[start:start + tile]
      if len(kept) > 0:
        gate = kept[2 * (start // tile)]
        up = kept[2 * (start // tile) + 1]
      else:
        gate, up = __torch__.mlp_tile(rows, weights, adapter, eps, s)
      dx[start:start + tile].copy_(__torch__.mlp_tile_vjp(dy[start:start + tile], rows, gate, up, weights,
          adapter, gradients, eps, s))
    return dx

  # ---- head:  loss = sum over targets of  logsumexp(z) - z[target],  z = norm(x).WT

  def head(self: __torch__.Llama, x: Tensor, rows: Tensor, targets: Tensor, norm: Tensor, w: Tensor,
      chunk: int, eps: float, backward: int) -> List[Tensor]:
    # x [t, h]; rows [p] that predict targets [p]; W [v, h] -> loss in fp64 and dx [t, h] (empty if not backward)
    # dz = softmax(z) - onehot(target), turned into dx in the same pass: z of one chunk [c, v] is all that is held
    loss = torch.zeros([], dtype=7, device=x.device)
    dx = torch.empty([0], dtype=x.dtype, device=x.device)
    if backward == 1:
      dx = torch.zeros_like(x)
    for start in range(0, rows.size(0), chunk):
      index = rows[start:start + chunk]
      wanted = torch.unsqueeze(targets[start:start + chunk], 1)
      picked = torch.index_select(x, 0, index)
      z = __torch__.widen(torch.matmul(__torch__.rms_norm(picked, norm, eps), torch.t(w)))
      lse = torch.logsumexp(z, [1], True)
      loss.add_(torch.sum(torch.sub(lse, torch.gather(z, 1, wanted)), dtype=7))
      if backward == 1:
        dz = z.sub_(lse).exp_()
        dz.scatter_add_(1, wanted, torch.full_like(lse, -1.0))
        dn = torch.matmul(dz.to(x.dtype), w)
        dx.index_copy_(0, index, __torch__.rms_norm_vjp(dn, picked, norm, eps))
    return [loss, dx]

  def logits(self: __torch__.Llama, x: Tensor, norm: Tensor, w: Tensor, eps: float) -> Tensor:
    # x [t, h] -> [t, v]
    return torch.matmul(__torch__.rms_norm(x, norm, eps), torch.t(w))

  # ---- the end of a micro-batch

  def commit(self: __torch__.Llama, total: Tensor, scratch: Tensor) -> float:
    # total += scratch if every gradient is finite. Returns their sum, which is finite only if its terms are.
    check = float(torch.sum(scratch, dtype=7))
    if check - check == 0.0:
      total.add_(scratch)
    return check

  def item(self: __torch__.Llama, x: Tensor) -> float:
    return float(x)

  # ---- conformance of the attention kernel, on fixed numbers

  def sample(self: __torch__.Llama, elements: int, phase: float, heads: int, d: int, dtype: int,
      device: int) -> Tensor:
    # smooth, aperiodic numbers in (-1, 1) as [t, heads, d]
    x = torch.sin(torch.add(torch.mul(torch.arange(elements, dtype=7), 1.7), phase))
    return x.reshape([-1, heads, d]).to(__torch__.device_of(device), dtype)

  def attention_check(self: __torch__.Llama, q: Tensor, k: Tensor, v: Tensor, do: Tensor, bounds: Tensor,
      longest: int) -> Tensor:
    # o, dq, dk, dv in one vector
    o, saved = __torch__.attention(q, k, v, bounds, longest)
    dq, dk, dv = __torch__.attention_vjp(do, q, k, v, o, saved, bounds, longest)
    return torch.cat([o.reshape([-1]), dq.reshape([-1]), dk.reshape([-1]), dv.reshape([-1])])
