"""Greedy token ids from Transformers' generate on the models of make_golden.py.

    python3 make_generation.py [--golden DIR] [--prompts 50] [--only CASE ...]

Made with torch 2.13, transformers 5.18, peft 0.21. Writes DIR/<case>/generation.json:
  prompts    random token ids, 3 to 12 each
  newTokens  at most so many follow each
  fp32.base, fp32.adapter, bf16.base
             what generate(do_sample=False) adds to each prompt, alone, with its key-value cache; it
             ends at the model's eos_token_id
  closest    the least difference between the two largest logits of any token of fp32.adapter
"""

import argparse
import json
import os

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def generate(model, prompts, new_tokens):
    """The new ids of each prompt, and the least difference of the two largest logits."""
    outputs, closest = [], float("inf")
    for prompt in prompts:
        result = model.generate(
            input_ids=torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False,
            max_new_tokens=new_tokens,
            pad_token_id=0,
            output_logits=True,
            return_dict_in_generate=True,
        )
        outputs.append(result.sequences[0, len(prompt):].tolist())
        for logits in result.logits:
            two = torch.topk(logits[0].float(), 2).values
            closest = min(closest, (two[0] - two[1]).item())
    return outputs, closest


def make(directory, count):
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    generator = torch.Generator().manual_seed(sum(map(ord, os.path.basename(directory))))
    prompts = []
    for _ in range(count):
        length = int(torch.randint(3, 13, (1,), generator=generator))
        prompts.append(
            torch.randint(2, config["vocab_size"], (length,), generator=generator).tolist()
        )
    # 16 positions, stretched by 4
    new_tokens = 48 if config["max_position_embeddings"] < 64 else 64
    out = dict(prompts=prompts, newTokens=new_tokens)
    for name, dtype in PRECISIONS.items():
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype).eval()
        out[name] = dict(base=generate(model, prompts, new_tokens)[0])
        if name == "fp32":
            # beside a bf16 model PEFT keeps its adapter in fp32; the engine rounds it, too
            model = PeftModel.from_pretrained(model, os.path.join(directory, "adapter")).eval()
            out[name]["adapter"], out["closest"] = generate(model, prompts, new_tokens)
    with open(os.path.join(directory, "generation.json"), "w", encoding="utf-8") as file:
        json.dump(out, file, separators=(",", ":"))
        file.write("\n")
    print(os.path.basename(directory), sum(map(len, out["fp32"]["adapter"])), out["closest"],
          flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--golden", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--prompts", type=int, default=50)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cases = sorted(
        name
        for name in os.listdir(arguments.golden)
        if os.path.isdir(os.path.join(arguments.golden, name))
    )
    for case in arguments.only or cases:
        make(os.path.join(arguments.golden, case), arguments.prompts)


if __name__ == "__main__":
    main()
