# Every micro-batch by the kernel for packed sequences.

def attention(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int, equal: int,
    window: int) -> Tuple[Tensor, List[Tensor]]:
  return __torch__.flash(q, k, v, bounds, longest, window)

def attention_vjp(do: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, saved: List[Tensor],
    bounds: Tensor, longest: int, equal: int, window: int) -> Tuple[Tensor, Tensor, Tensor]:
  return __torch__.flash_vjp(do, q, k, v, o, saved, bounds, longest, window)
