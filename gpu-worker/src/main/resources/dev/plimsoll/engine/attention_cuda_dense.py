# cuDNN's kernel where all sequences are equally long (equal = 1), 1.2 to 1.8 times as fast on an
# H100; the kernel for packed sequences otherwise. cuDNN builds a plan for each new shape: Java says
# when that is worth it (DenseAttention).

def dense(x: Tensor, longest: int) -> Tensor:
  # x [t, n, d] -> [sequences, n, T, d], a view
  return torch.transpose(x.reshape([-1, longest, x.size(1), x.size(2)]), 1, 2)

def packed(x: Tensor) -> Tensor:
  # the way back
  return torch.transpose(x, 1, 2).reshape([-1, x.size(1), x.size(3)])

def attention(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int, equal: int,
    window: int) -> Tuple[Tensor, List[Tensor]]:
  if equal == 0 or window > 0:
    return __torch__.flash(q, k, v, bounds, longest, window)
  o, lse, absent, absent2, a, b, seed, offset, mask = torch._cudnn_attention_forward(
      __torch__.dense(q, longest), __torch__.dense(k, longest), __torch__.dense(v, longest), None,
      None, None, longest, longest, True, 0.0, True, False)
  return (__torch__.packed(o), [lse, seed, offset, absent, absent2])

def attention_vjp(do: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, saved: List[Tensor],
    bounds: Tensor, longest: int, equal: int, window: int) -> Tuple[Tensor, Tensor, Tensor]:
  if equal == 0 or window > 0:
    return __torch__.flash_vjp(do, q, k, v, o, saved, bounds, longest, window)
  # absent: undefined tensors, which TorchScript cannot write down, for the bias and the bounds
  dq, dk, dv = torch._cudnn_attention_backward(__torch__.dense(do, longest),
      __torch__.dense(q, longest), __torch__.dense(k, longest), __torch__.dense(v, longest),
      __torch__.dense(o, longest), saved[0], saved[1], saved[2], saved[3], saved[3], saved[4],
      longest, longest, 0.0, True)
  return (__torch__.packed(dq), __torch__.packed(dk), __torch__.packed(dv))
