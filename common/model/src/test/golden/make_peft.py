"""Golden values for reading adapters: which modules PEFT adapts, with which rank and scaling.

    python3 make_peft.py --out peft.json

Made with peft 0.21, transformers 5.18, torch 2.13, on a Llama of two layers. Per case: the keys of
adapter_config.json that differ from PEFT's own; each adapted module with its rank and scaling; or
that PEFT refuses it.
"""

import argparse
import json

import peft
import transformers
from peft.tuners.lora import LoraLayer

EVERY = r"model\.layers\.\d+\.(self_attn|mlp)\.(q|k|v|o|gate|up|down)_proj"
CASES = {
    "a list": dict(target_modules=["q_proj", "down_proj"]),
    "all-linear": dict(target_modules="all-linear"),
    "All-Linear without some": dict(target_modules="All-Linear", exclude_modules=["up_proj"]),
    "all-linear without a layer": dict(
        target_modules="all-linear", exclude_modules=r"model\.layers\.1\..*"
    ),
    "dotted suffixes": dict(target_modules=["self_attn.q_proj", "mlp.up_proj", "mlp.k_proj"]),
    "part of a name": dict(target_modules=["proj"]),
    "full names": dict(
        target_modules=["model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.v_proj"]
    ),
    "full name of one layer": dict(target_modules=["model.layers.0.self_attn.v_proj"]),
    "suffix of one layer": dict(target_modules=["0.self_attn.v_proj"]),
    "regular expression": dict(target_modules=EVERY),
    "regular expression of the end": dict(target_modules=r".*\.(q|v)_proj"),
    "regular expression for a part": dict(target_modules=r"(q|v)_proj"),
    "named group": dict(target_modules=r".*(?P<which_one>q|v)_proj\Z"),
    "regular expression of one layer": dict(target_modules=r".*\.1\..*q_proj"),
    "everything": dict(target_modules=r".*"),
    "head too": dict(target_modules=["q_proj", "lm_head"]),
    "embedding too": dict(target_modules=["q_proj", "embed_tokens"]),
    "excluded by suffix": dict(
        target_modules=["q_proj", "v_proj"], exclude_modules=["self_attn.v_proj"]
    ),
    "excluded by expression": dict(
        target_modules=["q_proj", "v_proj"], exclude_modules=r".*v_proj"
    ),
    "all excluded": dict(target_modules=["q_proj"], exclude_modules=["q_proj"]),
    "all layers": dict(target_modules=["q_proj"], layers_to_transform=[0, 1]),
    "one layer": dict(target_modules=["q_proj"], layers_to_transform=[1]),
    "one layer as a number": dict(target_modules=["q_proj"], layers_to_transform=1),
    "no layers": dict(target_modules=["q_proj"], layers_to_transform=[]),
    "layers by pattern": dict(
        target_modules=["q_proj"], layers_to_transform=[0, 1], layers_pattern="layers"
    ),
    "layers by patterns": dict(
        target_modules=["q_proj"], layers_to_transform=[0, 1], layers_pattern=["h", "layers"]
    ),
    "layers by another pattern": dict(
        target_modules=["q_proj"], layers_to_transform=[0, 1], layers_pattern="h"
    ),
    "pattern without layers": dict(target_modules=["q_proj"], layers_pattern="layers"),
    "layers with an expression": dict(target_modules=".*q_proj", layers_to_transform=[0, 1]),
    "rank pattern for all": dict(target_modules=["q_proj", "v_proj"], rank_pattern={".*_proj": 4}),
    "rank pattern for one": dict(target_modules=["q_proj", "v_proj"], rank_pattern={"v_proj": 4}),
    "rank pattern for none": dict(target_modules=["q_proj"], rank_pattern={"v_proj": 4}),
    "rank pattern of a part": dict(target_modules=["q_proj"], rank_pattern={"proj": 4}),
    "rank pattern of a full name": dict(
        target_modules=["q_proj"], rank_pattern={"^model.layers.0.self_attn.q_proj": 4}
    ),
    "rank pattern for another layer": dict(
        target_modules=["q_proj"], rank_pattern={"1.self_attn.q_proj": 4}
    ),
    "first rank pattern": dict(
        target_modules=["q_proj"], rank_pattern={"self_attn.q_proj": 2, "q_proj": 4}
    ),
    "alpha pattern for all": dict(target_modules=["q_proj"], alpha_pattern={"q_proj": 64}),
    "alpha pattern for one": dict(
        target_modules=["q_proj", "v_proj"], alpha_pattern={"q_proj": 64}
    ),
    "both patterns, rslora": dict(
        target_modules=["q_proj"],
        rank_pattern={"q_proj": 4},
        alpha_pattern={"q_proj": 6},
        use_rslora=True,
    ),
    "gaussian": dict(target_modules=["q_proj"], init_lora_weights="gaussian"),
}


def evaluated(name, case):
    config = transformers.LlamaConfig(
        vocab_size=16,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    settings = dict(r=8, lora_alpha=16, use_rslora=False)
    settings.update(case)
    result = dict(name=name, config=dict(settings, peft_type="LORA"))
    try:
        lora = peft.LoraConfig(task_type="CAUSAL_LM", **settings)
        model = peft.get_peft_model(transformers.LlamaForCausalLM(config), lora)
    except ValueError:
        return dict(result, refused=True)
    modules = [
        [key.removeprefix("base_model.model."), module.r["default"], module.scaling["default"]]
        for key, module in model.named_modules()
        if isinstance(module, LoraLayer)
    ]
    return dict(result, modules=modules)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    rows = [json.dumps(evaluated(name, case)) for name, case in CASES.items()]
    with open(arguments.out, "w") as f:
        f.write("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
