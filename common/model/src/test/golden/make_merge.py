"""Makes the golden cases of MergeGoldenTest with Transformers and PEFT.

    pip install torch transformers peft safetensors
    python make_merge.py          # writes fp32, bf16 and fp16 beside this file

Each case has a base model, an adapter in fp32, and the model that PEFT's merge_and_unload makes of
them.
"""

import pathlib
import shutil

import peft
import torch
import transformers

HERE = pathlib.Path(__file__).parent / "merge"
CASES = {
    "fp32": (torch.float32, dict(r=3, lora_alpha=5, target_modules=["q_proj", "down_proj"])),
    "bf16": (
        torch.bfloat16,
        dict(
            r=4,
            lora_alpha=8,
            use_rslora=True,
            target_modules=[
                "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"
            ],
        ),
    ),
    "fp16": (torch.float16, dict(r=2, lora_alpha=4, target_modules=["v_proj", "up_proj"])),
}


def config():
    return transformers.LlamaConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=32,
        max_position_embeddings=64,
        tie_word_embeddings=False,
    )


def base_of(place, dtype):
    return transformers.AutoModelForCausalLM.from_pretrained(place, dtype=dtype)


def make(name, dtype, lora):
    torch.manual_seed(7)
    place = HERE / name
    shutil.rmtree(place, ignore_errors=True)
    base = transformers.LlamaForCausalLM(config()).to(dtype)
    # the case in bf16 lies in several files
    size = "4KB" if name == "bf16" else "1MB"
    base.save_pretrained(place / "base", max_shard_size=size)
    model = peft.get_peft_model(base, peft.LoraConfig(task_type="CAUSAL_LM", **lora))
    for key, value in model.named_parameters():
        if "lora_" in key:
            value.data = torch.randn(value.shape) * (0.3 if "lora_A" in key else 0.02)
    model.save_pretrained(place / "adapter")
    fresh = base_of(place / "base", dtype)
    merged = peft.PeftModel.from_pretrained(fresh, place / "adapter").merge_and_unload()
    merged.save_pretrained(place / "merged", max_shard_size="1MB")
    for file in list(place.rglob("*")):
        if file.is_file() and file.suffix not in (".safetensors", ".json"):
            file.unlink()
        if file.name == "generation_config.json" and file.parent.name == "merged":
            file.unlink()


for case, (dtype, lora) in CASES.items():
    make(case, dtype, lora)
