"""Golden values for rotary positions: what Transformers makes of a config.json.

    python3 make_rope.py --out rope.json

Made with torch 2.13, transformers 5.18. Per case: the rotary keys of config.json beside SIZES, the
inverse frequencies and the factor on cosine and sine of LlamaRotaryEmbedding (fp32), for a sequence
of `tokens` where that is given; or that Transformers refuses it.
"""

import argparse
import json
import os
import tempfile

import torch
import transformers
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

SIZES = dict(
    model_type="llama",
    architectures=["LlamaForCausalLM"],
    hidden_size=64,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
    vocab_size=16,
    max_position_embeddings=64,
)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=2048)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)

CASES = {
    "plain": dict(rope_theta=5e5),
    "nothing": dict(),
    "linear": dict(rope_scaling=dict(type="linear", factor=4.0), rope_theta=1e5),
    "linear, theta inside": dict(
        rope_scaling=dict(type="linear", factor=4, rope_theta=3e5), rope_theta=5e5
    ),
    "rope_type before type": dict(rope_scaling=dict(rope_type="linear", type="yarn", factor=2.0)),
    "parameters, theta beside": dict(
        rope_parameters=dict(rope_type="linear", factor=2.0), rope_theta=7e5
    ),
    "parameters, theta in both": dict(
        rope_parameters=dict(rope_type="default", rope_theta=1e6), rope_theta=5e5
    ),
    "scaling before parameters": dict(
        rope_scaling=dict(YARN),
        rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=1e6),
        rope_theta=5e5,
    ),
    "scaling before parameters with the only theta": dict(
        rope_scaling=dict(YARN), rope_parameters=dict(rope_type="default", rope_theta=1e6)
    ),
    "empty scaling": dict(
        rope_scaling={}, rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=1e6)
    ),
    "dynamic, short": dict(rope_scaling=dict(type="dynamic", factor=4.0), tokens=64),
    "dynamic, long": dict(rope_scaling=dict(type="dynamic", factor=4.0), tokens=150),
    "dynamic, long, another factor": dict(
        rope_scaling=dict(type="dynamic", factor=2.5, original_max_position_embeddings=16),
        rope_theta=5e5,
        tokens=65,
    ),
    "llama3": dict(rope_scaling=dict(LLAMA3, original_max_position_embeddings=8192)),
    "llama3 without original length": dict(rope_scaling=dict(LLAMA3)),
    "yarn": dict(rope_scaling=dict(YARN), rope_theta=1e6),
    "yarn as type": dict(
        rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=32768)
    ),
    "yarn without original length": dict(rope_scaling=dict(type="yarn", factor=4.0)),
    "yarn with original length beside": dict(
        rope_scaling=dict(YARN), original_max_position_embeddings=256
    ),
    "yarn, factor null": dict(
        rope_scaling=dict(rope_type="yarn", factor=None, original_max_position_embeddings=16)
    ),
    "yarn, attention factor": dict(rope_scaling=dict(YARN, attention_factor=0.75)),
    "yarn, attn_factor is not looked at": dict(rope_scaling=dict(YARN, attn_factor=0.75)),
    "yarn, mscale alone": dict(rope_scaling=dict(YARN, mscale=0.7)),
    "yarn, mscale and all dim": dict(rope_scaling=dict(YARN, mscale=0.7, mscale_all_dim=1.2)),
    "yarn, mscale 0": dict(rope_scaling=dict(YARN, mscale=0, mscale_all_dim=1.0)),
    "yarn, betas": dict(rope_scaling=dict(YARN, beta_fast=64, beta_slow=2.5)),
    "yarn, betas 0": dict(rope_scaling=dict(YARN, beta_fast=0, beta_slow=None)),
    "yarn, equal bounds": dict(rope_scaling=dict(YARN, beta_fast=300, beta_slow=299)),
    "yarn, not truncated": dict(rope_scaling=dict(YARN, truncate=False)),
    "yarn, truncate null": dict(rope_scaling=dict(YARN, truncate=None)),
    "yarn, factor below 1": dict(rope_scaling=dict(YARN, factor=0.5)),
    "yarn without factor": dict(rope_scaling=dict(type="yarn")),
    "unknown type": dict(rope_scaling=dict(type="mrope", mrope_section=[8, 4, 4])),
    "theta null": dict(rope_theta=None),
}


def evaluated(name, case):
    case = dict(case)
    tokens = case.pop("tokens", 0)
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "config.json"), "w") as f:
            json.dump(dict(SIZES, **case), f)
        result = dict(name=name, config=dict(SIZES, **case), tokens=tokens)
        try:
            config = transformers.AutoConfig.from_pretrained(directory)
            rope = LlamaRotaryEmbedding(config)
        except (KeyError, TypeError):
            return dict(result, refused=True)
        if tokens:
            rope(torch.zeros(1), torch.arange(tokens)[None])
        return dict(
            result,
            inverseFrequencies=rope.inv_freq.tolist(),
            attentionScaling=float(rope.attention_scaling),
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    with open(arguments.out, "w") as f:
        rows = [json.dumps(evaluated(name, case)) for name, case in CASES.items()]
        f.write("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
