"""Does an exported adapter mean the same to Transformers + PEFT as to the engine?

    python3 check_export.py --base MODEL_DIR --adapter ADAPTER_DIR --logits FILE [--tolerance 1e-4]
    [--dtype float32]

FILE is a safetensors file written by the engine: tokens.<i> [t] int32 and logits.<i> [t, vocab]
float32. Prints max|difference| / max|reference| over all sequences; exit code 1 when above the
tolerance.
"""

import argparse
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", required=True)
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--logits", required=True)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--device", default="cpu")
    a = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(
        a.base, dtype=getattr(torch, a.dtype), attn_implementation="eager"
    )
    model = PeftModel.from_pretrained(model, a.adapter).to(a.device).eval()
    ours = load_file(a.logits)
    count = sum(1 for name in ours if name.startswith("tokens."))
    difference = reference = without = 0.0
    with torch.no_grad():
        for i in range(count):
            tokens = ours[f"tokens.{i}"].long().unsqueeze(0).to(a.device)
            theirs = model(input_ids=tokens, use_cache=False).logits[0].float().cpu()
            with model.disable_adapter():
                base = model(input_ids=tokens, use_cache=False).logits[0].float().cpu()
            difference = max(difference, (ours[f"logits.{i}"] - theirs).abs().max().item())
            reference = max(reference, theirs.abs().max().item())
            without = max(without, (base - theirs).abs().max().item())
    relative = difference / reference
    print(
        f"{count} sequences: max|difference| {difference:.3e}, max|reference| {reference:.3e}, "
        f"relative {relative:.3e} (tolerance {a.tolerance:.0e}); the adapter itself moves logits "
        f"by {without:.3e}"
    )
    sys.exit(0 if relative <= a.tolerance else 1)


if __name__ == "__main__":
    main()
