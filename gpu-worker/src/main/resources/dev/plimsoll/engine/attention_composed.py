# Causal attention by plain operators, one sequence at a time: exact, and the yardstick for the
# other kernels. Needs the square of the longest sequence in memory.
#
# For one sequence of T tokens and one head:  S = q.kT / sqrt(d), masked above the diagonal;
# P = softmax(S) = exp(S - lse);  o = P.v.  With do given and delta = sum over d of do * o:
#   dv = PT.do,  dP = do.vT,  dS = P * (dP - delta),  dq = dS.k / sqrt(d),  dk = dST.q / sqrt(d)
# Grouped queries: n / m query heads share one key-value head, whose derivatives are summed.

# A window W > 0 hides keys W and more positions back.

def attention_scores(q: Tensor, k: Tensor, window: int) -> Tensor:
  # q, k [n, T, d] -> [n, T, T]
  scores = torch.div(torch.matmul(q, torch.transpose(k, 1, 2)), float(q.size(2)) ** 0.5)
  hidden = torch.triu(torch.ones_like(scores), 1)
  if window > 0:
    hidden = torch.add(hidden, torch.tril(torch.ones_like(scores), -window))
  return torch.masked_fill(scores, torch.gt(hidden, 0), -inf)

def attention_heads(x: Tensor, start: int, end: int, groups: int) -> Tensor:
  # x [t, m, d], one sequence of it -> [n, T, d]
  heads = torch.transpose(__torch__.widen(x[start:end]), 0, 1)
  return torch.repeat_interleave(heads, groups, 0)

def attention(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int, equal: int,
    window: int) -> Tuple[Tensor, List[Tensor]]:
  # q [t, n, d], k and v [t, m, d], bounds [sequences + 1] -> o [t, n, d] and what the VJP needs
  # besides
  groups = q.size(1) // k.size(1)
  outputs = annotate(List[Tensor], [])
  normalisers = annotate(List[Tensor], [])
  for j in range(bounds.size(0) - 1):
    start = int(bounds[j])
    end = int(bounds[j + 1])
    scores = __torch__.attention_scores(__torch__.attention_heads(q, start, end, 1),
        __torch__.attention_heads(k, start, end, groups), window)
    lse = torch.logsumexp(scores, [2], True)
    o = torch.matmul(torch.exp(torch.sub(scores, lse)),
        __torch__.attention_heads(v, start, end, groups))
    torch.append(outputs, torch.transpose(o, 0, 1).to(q.dtype))
    torch.append(normalisers, lse)
  return (torch.cat(outputs, 0), [torch.cat(normalisers, 1)])

def attention_vjp(do: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, saved: List[Tensor],
    bounds: Tensor, longest: int, equal: int, window: int) -> Tuple[Tensor, Tensor, Tensor]:
  # do, o [t, n, d] -> dq [t, n, d], dk and dv [t, m, d]
  m = k.size(1)
  d = k.size(2)
  groups = q.size(1) // m
  root = float(d) ** 0.5
  dq = torch.empty_like(q)
  dk = torch.empty_like(k)
  dv = torch.empty_like(v)
  for j in range(bounds.size(0) - 1):
    start = int(bounds[j])
    end = int(bounds[j + 1])
    qs = __torch__.attention_heads(q, start, end, 1)
    ks = __torch__.attention_heads(k, start, end, groups)
    vs = __torch__.attention_heads(v, start, end, groups)
    dos = __torch__.attention_heads(do, start, end, 1)
    os = __torch__.attention_heads(o, start, end, 1)
    p = torch.exp(torch.sub(__torch__.attention_scores(qs, ks, window), saved[0][:, start:end]))
    delta = torch.sum(torch.mul(dos, os), [2], True)
    ds = torch.div(torch.mul(p, torch.sub(torch.matmul(dos, torch.transpose(vs, 1, 2)), delta)),
        root)
    dks = torch.matmul(torch.transpose(ds, 1, 2), qs).reshape([m, groups, end - start, d]).sum([1])
    dvs = torch.matmul(torch.transpose(p, 1, 2), dos).reshape([m, groups, end - start, d]).sum([1])
    dq[start:end].copy_(torch.transpose(torch.matmul(ds, ks), 0, 1))
    dk[start:end].copy_(torch.transpose(dks, 0, 1))
    dv[start:end].copy_(torch.transpose(dvs, 0, 1))
  return (dq, dk, dv)
