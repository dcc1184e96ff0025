"""The peer of EngineBenchMain on the same GPU: Transformers + PEFT, bf16, LoRA on all seven projections, SDPA.

    python3 peer.py MODEL-DIR RANK REPEATS CASE…      a case is SEQUENCESxLENGTH/c (gradient checkpointing) or /n

Per case the median over the repeats after two unmeasured ones: tokens a second of forward and backward, peak of
allocated bytes. Every token is trained; gradients accumulate in the adapter as they do in the engine.
"""

import statistics
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def main():
    directory, rank, repeats, cases = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    model = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.bfloat16, attn_implementation="sdpa", device_map={"": 0})
    model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=ALL, task_type="CAUSAL_LM"))
    model.train()
    print("case            tokens/s   step ms   peak GiB", flush=True)
    for case in cases:
        shape, mode = case.split("/")
        sequences, length = map(int, shape.split("x"))
        if mode == "c":
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            model.enable_input_require_grads()
        else:
            model.gradient_checkpointing_disable()
        ids = torch.randint(0, model.config.vocab_size, (sequences, length), device="cuda")
        times = []
        try:
            for i in range(2 + repeats):
                torch.cuda.synchronize()
                torch.cuda.reset_peak_memory_stats()
                begin = time.perf_counter()
                model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
                torch.cuda.synchronize()
                if i >= 2:
                    times.append(time.perf_counter() - begin)
            median = statistics.median(times)
            print(f"{case:14s} {sequences * length / median:9.0f} {median * 1e3:9.1f} "
                  f"{torch.cuda.max_memory_allocated() / 2**30:10.2f}", flush=True)
        except torch.cuda.OutOfMemoryError:
            print(f"{case:14s} OUT_OF_MEMORY", flush=True)
        model.zero_grad(set_to_none=True)
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
