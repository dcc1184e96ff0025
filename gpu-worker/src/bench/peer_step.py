"""The peer of `plimsoll bench fleet` on the same GPU: Transformers + PEFT with an optimizer step,
bf16, LoRA on all seven projections, SDPA, AdamW (fused) on the adapter.

    python3 peer_step.py [--json FILE] MODEL-DIR RANK STEPS CASE…

A case is SEQUENCESxLENGTH/MODE/TOKENS: a micro-batch, c (gradient checkpointing), n (none) or t
(none, torch.compile), and the tokens of a step, which gradients are accumulated over. Per case the
median of STEPS steps after two unmeasured ones: tokens a second, peak of allocated bytes. Compiled
cases come last, since compiling changes the model for good.
"""

import argparse
import json
import statistics
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("model")
    parser.add_argument("rank", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("cases", nargs="+", metavar="case")
    options = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=torch.bfloat16, attn_implementation="sdpa", device_map={"": 0})
    model = get_peft_model(
        model,
        LoraConfig(
            r=options.rank, lora_alpha=2 * options.rank, target_modules=ALL, task_type="CAUSAL_LM"),
    )
    model.train()
    adapter = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(adapter, lr=2e-4, weight_decay=0.01, fused=True)
    results = []
    run = model
    print("case                    tokens/s   step ms   peak GiB", flush=True)
    for case in options.cases:
        shape, mode, tokens = case.split("/")
        sequences, length = map(int, shape.split("x"))
        accumulate = int(tokens) // (sequences * length)
        if mode == "c":
            model.gradient_checkpointing_enable(
                gradient_checkpointing_kwargs={"use_reentrant": False})
            model.enable_input_require_grads()
        else:
            model.gradient_checkpointing_disable()
        if mode == "t" and run is model:
            run = torch.compile(model)
        ids = torch.randint(0, model.config.vocab_size, (sequences, length), device="cuda")
        times = []
        try:
            torch.cuda.reset_peak_memory_stats()
            for i in range(2 + options.steps):
                torch.cuda.synchronize()
                begin = time.perf_counter()
                for _ in range(accumulate):
                    loss = run(input_ids=ids, labels=ids, use_cache=False).loss
                    (loss / accumulate).backward()
                torch.nn.utils.clip_grad_norm_(adapter, 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                torch.cuda.synchronize()
                if i >= 2:
                    times.append(time.perf_counter() - begin)
        except torch.cuda.OutOfMemoryError:
            optimizer.zero_grad(set_to_none=True)
            torch.cuda.empty_cache()
            print(f"{case:22}  out of memory", flush=True)
            continue
        median = statistics.median(times)
        peak = torch.cuda.max_memory_allocated() / 2**30
        results.append({
            "case": case,
            "tokensPerSecond": int(tokens) / median,
            "stepMillis": median * 1e3,
            "peakGiB": peak,
        })
        print(f"{case:22} {int(tokens) / median:9.0f} {median * 1e3:9.1f} {peak:10.1f}", flush=True)
        if options.json:
            with open(options.json, "w") as out:
                json.dump({"device": torch.cuda.get_device_name(), "cases": results}, out, indent=1)


if __name__ == "__main__":
    main()
