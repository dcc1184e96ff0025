"""What bounds the engine in bf16: the frozen products and the attention of a micro-batch of
Llama-8B by themselves, in the order of a training pass, with nothing between them. The card gets as
warm as in training; no engine that takes these products as they are can be faster on it.

    python3 products.py SEQUENCES LENGTH SECONDS

Random operands of the size that they have in training. LoRA, norms, rotary and SwiGLU are left
out. Prints tokens a second and TFLOP/s of the first second and of the last one, without attention
and with it.
"""

import sys
import time

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

LAYERS, HIDDEN, INNER, HEADS, KV_HEADS, HEAD, VOCABULARY = 32, 4096, 14336, 32, 8, 128, 128256
HEAD_TOKENS = 1024

sequences, length, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
tokens = sequences * length


def random(*shape, scale=1.0):
    return torch.randn(*shape, device="cuda", dtype=torch.bfloat16).mul_(scale)


SHAPES = ((HIDDEN + 2 * KV_HEADS * HEAD, HIDDEN), (HIDDEN, HIDDEN), (2 * INNER, HIDDEN),
          (HIDDEN, INNER))
weights = [[random(*shape, scale=0.02) for shape in SHAPES] for _ in range(LAYERS)]
head = random(VOCABULARY, HIDDEN, scale=0.02)
inputs = {width: random(tokens, width)
          for width in {width for shape in SHAPES for width in shape}}
outputs = {width: torch.empty_like(x) for width, x in inputs.items()}
logits = torch.empty(HEAD_TOKENS, VOCABULARY, device="cuda", dtype=torch.bfloat16)
query = random(sequences, HEADS, length, HEAD).requires_grad_()
key, value = (random(sequences, KV_HEADS, length, HEAD).requires_grad_() for _ in range(2))
upstream = random(sequences, HEADS, length, HEAD)


def attention():
    with sdpa_kernel([SDPBackend.CUDNN_ATTENTION]):
        out = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
    torch.autograd.grad(out, (query, key, value), upstream)


def micro_batch(attends):
    for layer in weights:
        for weight in layer:
            torch.mm(inputs[weight.shape[1]], weight.t(), out=outputs[weight.shape[0]])
        if attends:
            attention()
    for first in range(0, tokens, HEAD_TOKENS):
        rows = slice(first, first + HEAD_TOKENS)
        torch.mm(inputs[HIDDEN][rows], head.t(), out=logits)
        torch.mm(logits, head, out=outputs[HIDDEN][rows])
    for layer in reversed(weights):
        for weight in reversed(layer):
            torch.mm(inputs[weight.shape[0]], weight, out=outputs[weight.shape[1]])


flops = 4 * tokens * (VOCABULARY * HIDDEN + LAYERS * sum(a * b for a, b in SHAPES))
for attends in (False, True):
    micro_batch(attends)
    torch.cuda.synchronize()
    done = [(time.monotonic(), 0)]
    while done[-1][0] - done[0][0] < seconds:
        micro_batch(attends)
        torch.cuda.synchronize()
        done.append((time.monotonic(), len(done)))
    second = next(at for at in done if at[0] - done[0][0] >= 1)
    before_last = next(at for at in done if done[-1][0] - at[0] <= 1)
    for name, (a, b) in (("first", (done[0], second)), ("last", (before_last, done[-1]))):
        pace = (b[1] - a[1]) / (b[0] - a[0])
        print(f"{'with attention' if attends else 'products alone'}, {name} second: "
              f"{pace * tokens:,.0f} tokens/s, {pace * flops / 1e12:.0f} TFLOP/s of products",
              flush=True)
