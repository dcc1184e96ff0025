"""The peer of `plimsoll bench generate` on the same GPU: Transformers' generate, greedy, one text.

    python3 generate_peer.py [--json FILE] [--prompt-tokens 512] [--new-tokens 128] [--repeats 3]
        [--rank 0] [--cache dynamic|static] [--dtype bfloat16] [--device cuda] MODEL-DIR

MODEL-DIR needs config.json and the weights; `plimsoll bench generate` makes one of random weights.
Per text two calls: one that makes a single new token, whose time is that of the prompt, and one
that makes all of them. Tokens a second are those behind the first, over the difference of the two.
The medians over the repeats, after one unmeasured text. With --rank there is a PEFT adapter on all
seven projections. The static cache lets Transformers compile its decoding; compiling is not in the
figures, since it falls into the unmeasured text.
"""

import argparse
import json
import statistics
import time

import torch
from transformers import AutoModelForCausalLM

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def seconds(model, ids, new_tokens, cache):
    """Of generating exactly so many tokens."""
    synchronize(ids)
    begin = time.perf_counter()
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=new_tokens,
        min_new_tokens=new_tokens,
        eos_token_id=None,
        pad_token_id=0,
        cache_implementation="static" if cache == "static" else None,
    )
    synchronize(ids)
    assert out.shape[1] == ids.shape[1] + new_tokens, out.shape
    return time.perf_counter() - begin


def synchronize(ids):
    if ids.is_cuda:
        torch.cuda.synchronize()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json")
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--cache", choices=["dynamic", "static"], default="dynamic")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("model")
    options = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=getattr(torch, options.dtype), attn_implementation="sdpa"
    ).to(options.device)
    if options.rank:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(
            model,
            LoraConfig(
                r=options.rank,
                lora_alpha=2 * options.rank,
                target_modules=ALL,
                task_type="CAUSAL_LM",
            ),
        )
    model.eval()
    prefill, rates = [], []
    for i in range(options.repeats + 1):
        ids = torch.randint(
            0, model.config.vocab_size, (1, options.prompt_tokens), device=options.device
        )
        first = seconds(model, ids, 1, options.cache)
        whole = seconds(model, ids, options.new_tokens, options.cache)
        if i > 0:
            prefill.append(first * 1e3)
            rates.append((options.new_tokens - 1) / (whole - first))
    peak = torch.cuda.max_memory_allocated() if options.device == "cuda" else 0
    report = {
        "device": torch.cuda.get_device_name() if options.device == "cuda" else "CPU",
        "loraRank": options.rank,
        "cache": options.cache,
        "promptTokens": options.prompt_tokens,
        "newTokens": options.new_tokens,
        "repeats": options.repeats,
        "prefillMillis": statistics.median(prefill),
        "tokensPerSecond": statistics.median(rates),
        "peakBytes": peak,
    }
    print("  prompt      new   prefill ms     tokens/s   peak GiB")
    print(
        f"{options.prompt_tokens:8d} {options.new_tokens:8d} {report['prefillMillis']:12.1f} "
        f"{report['tokensPerSecond']:12.1f} {peak / 2**30:10.2f}"
    )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
