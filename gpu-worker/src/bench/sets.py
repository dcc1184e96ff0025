"""What a person without Plimsoll sees with the same samples: Transformers + PEFT, bf16, LoRA on all
seven projections, SDPA, one batch padded to its longest sample.

    python3 sets.py MODEL-DIR RANK SAMPLES.jsonl

Tries the first three and five samples, and the five four times over, as one batch and one by one,
with gradient checkpointing and without. A sample's text is as many tokens as it has bytes, as the
built-in byte-level tokenizer makes of it.
"""

import json
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

directory, rank = sys.argv[1], int(sys.argv[2])
with open(sys.argv[3], encoding="utf-8") as lines:
    lengths = [len(json.loads(line)["text"]) for line in lines]
model = AutoModelForCausalLM.from_pretrained(
    directory, dtype=torch.bfloat16, attn_implementation="sdpa", device_map={"": 0})
model = get_peft_model(
    model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=ALL, task_type="CAUSAL_LM")
)
model.train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
print("lengths", lengths[:5])
print("checkpointing  samples  batch  accumulation  result")
for checkpointing in (False, True):
    if checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    for samples, batch in ((3, 3), (3, 1), (5, 5), (5, 1), (20, 20), (20, 5), (20, 1)):
        chosen = [lengths[i % 5] for i in range(samples)]
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        try:
            for _ in range(2):
                for start in range(0, samples, batch):
                    part = chosen[start:start + batch]
                    ids = torch.randint(
                        0, model.config.vocab_size, (len(part), max(part)), device="cuda"
                    )
                    mask = (
                        torch.arange(max(part), device="cuda")[None, :]
                        < torch.tensor(part, device="cuda")[:, None]
                    )
                    labels = torch.where(mask, ids, -100)
                    loss = model(
                        input_ids=ids, attention_mask=mask.long(), labels=labels, use_cache=False
                    ).loss
                    (loss / (samples / batch)).backward()
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            result = f"trains, peak {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB allocated"
        except torch.cuda.OutOfMemoryError:
            result = "OUT OF MEMORY"
            optimizer.zero_grad(set_to_none=True)
        loss = None
        print(
            f"{'yes' if checkpointing else 'no':13s} {samples:8d} {batch:6d} "
            f"{samples // batch:13d}  {result}",
            flush=True,
        )
