# Causal attention by the flash kernel for packed sequences (Dao 2023): bf16 on CUDA, all sequences
# in one launch, grouped queries inside the kernel. bounds is int32 on the device. A window W > 0
# hides keys W and more positions back.

def flash_window(window: int) -> Optional[int]:
  if window > 0:
    return window - 1
  return None

def flash(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int,
    window: int) -> Tuple[Tensor, List[Tensor]]:
  # q [t, n, d], k and v [t, m, d], bounds [sequences + 1] -> o [t, n, d]; lse and the kernel's
  # random state
  right = annotate(Optional[int], None)
  if window > 0:
    right = 0
  o, lse, seed, offset, mask = torch._flash_attention_forward(q, k, v, bounds, bounds, longest,
      longest, 0.0, True, False, window_size_left=__torch__.flash_window(window),
      window_size_right=right)
  return (o, [lse, seed, offset])

def flash_vjp(do: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, saved: List[Tensor],
    bounds: Tensor, longest: int, window: int) -> Tuple[Tensor, Tensor, Tensor]:
  # do, o [t, n, d] -> dq [t, n, d], dk and dv [t, m, d]
  right = annotate(Optional[int], None)
  if window > 0:
    right = 0
  dq, dk, dv = torch._flash_attention_backward(
      do, q, k, v, o, saved[0], bounds, bounds, longest, longest, 0.0, True, saved[1], saved[2],
      window_size_left=__torch__.flash_window(window), window_size_right=right)
  return (dq, dk, dv)
