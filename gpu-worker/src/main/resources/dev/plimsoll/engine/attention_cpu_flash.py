# Causal attention by PyTorch's tiled CPU kernel, one sequence at a time: never holds a T x T
# matrix. The kernel knows no grouped queries, so key-value heads are repeated and their derivatives
# summed; and no windows.

def attention_heads(x: Tensor, start: int, end: int, groups: int) -> Tensor:
  # x [t, m, d], one sequence of it -> [1, n, T, d]
  heads = torch.transpose(x[start:end], 0, 1)
  if groups > 1:
    heads = torch.repeat_interleave(heads, groups, 0)
  return torch.unsqueeze(heads, 0)

def attention(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int, equal: int,
    window: int) -> Tuple[Tensor, List[Tensor]]:
  # q [t, n, d], k and v [t, m, d], bounds [sequences + 1] -> o [t, n, d] and lse [1, n, t]
  groups = q.size(1) // k.size(1)
  outputs = annotate(List[Tensor], [])
  normalisers = annotate(List[Tensor], [])
  for j in range(bounds.size(0) - 1):
    start = int(bounds[j])
    end = int(bounds[j + 1])
    o, lse = torch._scaled_dot_product_flash_attention_for_cpu(
        __torch__.attention_heads(q, start, end, 1),
        __torch__.attention_heads(k, start, end, groups),
        __torch__.attention_heads(v, start, end, groups), 0.0, True)
    torch.append(outputs, torch.transpose(o[0], 0, 1))
    torch.append(normalisers, lse)
  return (torch.cat(outputs, 0), [torch.cat(normalisers, 2)])

def attention_vjp(do: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, saved: List[Tensor],
    bounds: Tensor, longest: int, equal: int, window: int) -> Tuple[Tensor, Tensor, Tensor]:
  # do, o [t, n, d] -> dq [t, n, d], dk and dv [t, m, d]
  m = k.size(1)
  d = k.size(2)
  groups = q.size(1) // m
  dq = torch.empty_like(q)
  dk = torch.empty_like(k)
  dv = torch.empty_like(v)
  for j in range(bounds.size(0) - 1):
    start = int(bounds[j])
    end = int(bounds[j + 1])
    dqs, dks, dvs = torch._scaled_dot_product_flash_attention_for_cpu_backward(
        __torch__.attention_heads(do, start, end, 1), __torch__.attention_heads(q, start, end, 1),
        __torch__.attention_heads(k, start, end, groups),
        __torch__.attention_heads(v, start, end, groups),
        __torch__.attention_heads(o, start, end, 1), saved[0][:, :, start:end], 0.0, True)
    dq[start:end].copy_(torch.transpose(dqs[0], 0, 1))
    dk[start:end].copy_(torch.transpose(dks[0].reshape([m, groups, end - start, d]).sum([1]), 0, 1))
    dv[start:end].copy_(torch.transpose(dvs[0].reshape([m, groups, end - start, d]).sum([1]), 0, 1))
  return (dq, dk, dv)
