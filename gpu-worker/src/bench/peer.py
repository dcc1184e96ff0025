"""The peer of `plimsoll bench engine` on the same GPU: Transformers + PEFT, bf16, LoRA on all seven
projections, SDPA.

    python3 peer.py [--json FILE] MODEL-DIR RANK REPEATS CASE…

A case is SEQUENCESxLENGTH/c (gradient checkpointing), /n, or /t (torch.compile, without
checkpointing). The JSON is for ratio.py, written anew after each case.

Per case the median over the repeats after two unmeasured ones: tokens a second of forward and
backward, peak of allocated bytes. Every token is trained; gradients accumulate in the adapter as
they do in the engine.
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
    parser.add_argument("repeats", type=int)
    parser.add_argument("cases", nargs="+", metavar="case")
    options = parser.parse_args()
    directory, rank, repeats, cases = options.model, options.rank, options.repeats, options.cases
    results = []
    model = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.bfloat16, attn_implementation="sdpa", device_map={"": 0})
    model = get_peft_model(
        model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=ALL, task_type="CAUSAL_LM")
    )
    model.train()
    print("case            tokens/s   step ms   peak GiB", flush=True)
    for case in cases:
        shape, mode = case.split("/")
        sequences, length = map(int, shape.split("x"))
        if mode == "c":
            model.gradient_checkpointing_enable(
                gradient_checkpointing_kwargs={"use_reentrant": False}
            )
            model.enable_input_require_grads()
        else:
            model.gradient_checkpointing_disable()
        run = torch.compile(model) if mode == "t" else model
        ids = torch.randint(0, model.config.vocab_size, (sequences, length), device="cuda")
        times = []
        try:
            for i in range(2 + repeats):
                torch.cuda.synchronize()
                torch.cuda.reset_peak_memory_stats()
                begin = time.perf_counter()
                run(input_ids=ids, labels=ids, use_cache=False).loss.backward()
                torch.cuda.synchronize()
                if i >= 2:
                    times.append(time.perf_counter() - begin)
            median = statistics.median(times)
            speed, peak = sequences * length / median, torch.cuda.max_memory_allocated()
            print(f"{case:14s} {speed:9.0f} {median * 1e3:9.1f} {peak / 2**30:10.2f}", flush=True)
            results.append({"name": case, "tokens": sequences * length, "tokensPerSecond": speed,
                            "stepMillis": median * 1e3, "peakBytes": peak})
        except torch.cuda.OutOfMemoryError:
            print(f"{case:14s} OUT_OF_MEMORY", flush=True)
            results.append({"name": case, "error": "OUT_OF_MEMORY"})
        if options.json:
            report = {
                "device": torch.cuda.get_device_name(),
                "loraRank": rank,
                "repeats": repeats,
                "cases": results,
            }
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(report, file, indent=2)
        model.zero_grad(set_to_none=True)
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
