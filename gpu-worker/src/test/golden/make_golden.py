"""Golden values for the training engine, from Transformers + PEFT on tiny models.

    python3 make_golden.py --out DIR [--only CASE ...]

Made with torch 2.11, transformers 5.17, peft 0.21; yarn-rope, linear-rope and dynamic-rope with
torch 2.13, transformers 5.18. Per case DIR/<case>/ holds
  config.json, model.safetensors     the frozen base model, as Transformers saves it
  adapter/                           the initial adapter, as PEFT saves it (B is not zero)
  case.json                          sequences, loss masks, LoRA and optimizer settings, losses,
                                     versions
  golden.safetensors                 per precision p in (fp32, fp64):
      p.logits.<i>            [t, vocab]  logits of sequence i, run alone
      p.grad.<peft name>      gradient of the summed (unnormalised) loss by one LoRA tensor
      p.after10.<peft name>   that tensor after ten steps of clip_grad_norm_ + AdamW

Loss: sum over i with trainOn[i] (i >= 1) of -log softmax(logits[i-1])[tokens[i]], over all
sequences. A packed micro-batch must give the same as these separate runs. Step: gradient = d(sum
loss)/d(parameter) / (number of loss tokens), clipped to a global norm of 1 by max_norm / (norm +
1e-6), then AdamW; the same sequences in each of the ten steps.
"""

import argparse
import contextlib
import json
import os
import platform

import peft
import torch
import torch.nn.functional as F
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

OPTIMIZER = dict(
    lr=5e-3, beta1=0.9, beta2=0.999, eps=1e-8, weightDecay=0.01, clipNorm=1.0, steps=10
)
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

# name -> model shape, LoRA settings, sequence lengths
CASES = {
    "gqa-untied": dict(
        heads=4, kv=2, lengths=[7, 19, 12], rank=4, alpha=8, targets=ALL, weights=torch.float32
    ),
    "mha-tied": dict(
        heads=4,
        kv=4,
        lengths=[9, 5],
        tied=True,
        rank=4,
        alpha=4,
        targets=ALL,
        weights=torch.float64,
    ),
    "llama3-rope": dict(
        heads=4,
        kv=1,
        lengths=[40, 3],
        rank=4,
        alpha=16,
        targets=ALL,
        weights=torch.bfloat16,
        rope=dict(
            rope_type="llama3",
            rope_theta=10000.0,
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=16,
        ),
    ),
    "yarn-rope": dict(
        heads=2,
        kv=1,
        hidden=16,
        inter=24,
        layers=1,
        lengths=[40, 3],
        rank=2,
        alpha=4,
        targets=ALL,
        weights=torch.bfloat16,
        rope=dict(
            rope_type="yarn",
            rope_theta=10000.0,
            factor=4.0,
            beta_fast=8.0,
            original_max_position_embeddings=64,
        ),
    ),
    "linear-rope": dict(
        family="Qwen3",
        heads=2,
        kv=1,
        hidden=16,
        inter=24,
        layers=1,
        head_dim=8,
        lengths=[40, 3],
        rank=2,
        alpha=4,
        targets=ALL,
        weights=torch.bfloat16,
        rope=dict(rope_type="linear", rope_theta=10000.0, factor=4.0),
    ),
    "dynamic-rope": dict(
        heads=2,
        kv=1,
        hidden=16,
        inter=24,
        layers=1,
        # the second is longer than 16; Transformers computes anew for each
        lengths=[9, 24, 5],
        positions=16,
        rank=2,
        alpha=4,
        targets=ALL,
        weights=torch.bfloat16,
        rope=dict(rope_type="dynamic", rope_theta=10000.0, factor=4.0),
    ),
    "rank16-rslora": dict(
        heads=4,
        kv=2,
        lengths=[11, 2, 16],
        rank=16,
        alpha=8,
        rslora=True,
        weights=torch.float32,
        targets=["q_proj", "k_proj", "v_proj", "o_proj"],
    ),
    "rank16-all": dict(
        heads=2,
        kv=1,
        hidden=32,
        inter=40,
        layers=1,
        lengths=[13, 8],
        rank=16,
        alpha=32,
        targets=ALL,
        weights=torch.float32,
    ),
    "query-value": dict(
        heads=4,
        kv=2,
        layers=3,
        lengths=[8, 21],
        rank=4,
        alpha=8,
        tied=True,
        targets=["q_proj", "v_proj"],
        weights=torch.bfloat16,
    ),
    "down-only-wide-heads": dict(
        heads=4,
        kv=2,
        head_dim=16,
        vocab=300,
        lengths=[6, 14],
        rank=4,
        alpha=8,
        targets=["down_proj"],
        weights=torch.bfloat16,
    ),
    "mistral-window": dict(
        family="Mistral",
        heads=4,
        kv=2,
        lengths=[30, 5, 17],
        rank=4,
        alpha=8,
        targets=ALL,
        weights=torch.float32,
        extra=dict(sliding_window=8),
    ),
    "qwen2-bias": dict(
        family="Qwen2",
        heads=4,
        kv=2,
        lengths=[12, 20],
        rank=4,
        alpha=8,
        targets=ALL,
        weights=torch.float32,
    ),
    "qwen2-window": dict(
        family="Qwen2",
        heads=4,
        kv=1,
        layers=3,
        lengths=[25, 6],
        rank=4,
        alpha=8,
        targets=ALL,
        tied=True,
        weights=torch.float32,
        extra=dict(
            use_sliding_window=True,
            sliding_window=6,
            max_window_layers=1,
            layer_types=["full_attention", "sliding_attention", "sliding_attention"],
        ),
    ),
    "qwen3-norms": dict(
        family="Qwen3",
        heads=4,
        kv=2,
        head_dim=16,
        lengths=[15, 9],
        rank=4,
        alpha=8,
        targets=ALL,
        weights=torch.float32,
    ),
}


@contextlib.contextmanager
def float32_means(dtype):
    """Transformers computes norms, rotary angles and softmax in float32. In an fp64 reference that
    would be a loss of precision, so there "float32" is made to mean float64 while the reference
    runs."""
    saved = torch.float32, torch.float, torch.Tensor.float
    default = torch.get_default_dtype()
    if dtype == torch.float64:
        torch.set_default_dtype(torch.float64)
        torch.float32 = torch.float = torch.float64
        torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float = saved
        torch.set_default_dtype(default)


def new_model(case):
    return getattr(transformers, case.get("family", "Llama") + "ForCausalLM")(model_config(case))


def model_config(case):
    heads, hidden = case["heads"], case.get("hidden", 32)
    config = getattr(transformers, case.get("family", "Llama") + "Config")(
        vocab_size=case.get("vocab", 64),
        hidden_size=hidden,
        intermediate_size=case.get("inter", 48),
        num_hidden_layers=case.get("layers", 2),
        num_attention_heads=heads,
        num_key_value_heads=case["kv"],
        head_dim=case.get("head_dim", hidden // heads),
        max_position_embeddings=case.get("positions", 256),
        rms_norm_eps=1e-5,
        rope_parameters=case.get("rope", dict(rope_type="default", rope_theta=10000.0)),
        tie_word_embeddings=case.get("tied", False),
        bos_token_id=0,
        eos_token_id=1,
        **case.get("extra", {}),
    )
    config._attn_implementation = "eager"
    return config


def save_base(case, directory, generator):
    """Random weights, large enough that the loss is far from flat; all exact in the stored
    dtype."""
    model = new_model(case)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name:
                value = 1.0 + 0.2 * noise
            elif name.endswith(".bias"):
                value = 0.3 * noise
            elif "embed" in name:
                value = 0.6 * noise
            else:
                value = noise * (1.2 / parameter.shape[-1] ** 0.5)
            parameter.copy_(value.to(torch.bfloat16))
    model.to(case["weights"]).save_pretrained(directory)


def lora_tensors(model):
    """PEFT's parameter name -> its name in adapter_model.safetensors, and the tensor."""
    return {n.replace(".default.", "."): p for n, p in model.named_parameters() if "lora_" in n}


def build(case, state, dtype, adapter):
    """The base in dtype with the LoRA adapter set to the given values."""
    model = new_model(case).to(dtype)
    missing, unexpected = model.load_state_dict(
        {k: v.to(dtype) for k, v in state.items()}, strict=False
    )
    assert not unexpected and all(m == "lm_head.weight" and case.get("tied") for m in missing), (
        missing,
        unexpected,
    )
    model.tie_weights()
    lora = LoraConfig(
        r=case["rank"],
        lora_alpha=case["alpha"],
        use_rslora=case.get("rslora", False),
        lora_dropout=0.0,
        bias="none",
        target_modules=case["targets"],
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, lora)
    with torch.no_grad():
        for name, parameter in lora_tensors(model).items():
            assert parameter.dtype == dtype, (name, parameter.dtype)
            parameter.copy_(adapter[name])
    return model.train()


def initial_adapter(case, directory, generator):
    model = new_model(case)
    lora = LoraConfig(
        r=case["rank"],
        lora_alpha=case["alpha"],
        use_rslora=case.get("rslora", False),
        lora_dropout=0.0,
        bias="none",
        target_modules=case["targets"], task_type="CAUSAL_LM")
    model = get_peft_model(model, lora)
    values = {}
    with torch.no_grad():
        for name, parameter in lora_tensors(model).items():
            value = torch.randn(parameter.shape, generator=generator) * (
                0.3 / parameter.shape[-1] ** 0.5
            )
            parameter.copy_(value)
            values[name] = value
    model.save_pretrained(os.path.join(directory, "adapter"))
    return values


def summed_loss(model, sequences):
    """Each sequence alone, no padding: total loss in nats and the logits of each."""
    total, all_logits = 0.0, []
    for s in sequences:
        tokens = torch.tensor([s["tokens"]])
        logits = model(input_ids=tokens, use_cache=False).logits[0]
        picked = [i for i in range(1, len(s["tokens"])) if s["trainOn"][i]]
        if picked:
            before = torch.tensor([i - 1 for i in picked])
            total = total + F.cross_entropy(
                logits[before], tokens[0][torch.tensor(picked)], reduction="sum"
            )
        all_logits.append(logits.detach())
    return total, all_logits


def run(case, directory, dtype, adapter, sequences, loss_tokens):
    prefix = "fp64" if dtype == torch.float64 else "fp32"
    out, losses = {}, []
    state = load_file(os.path.join(directory, "model.safetensors"))
    with float32_means(dtype):
        model = build(case, state, dtype, adapter)
        loss, logits = summed_loss(model, sequences)
        loss.backward()
        for i, l in enumerate(logits):
            out[f"{prefix}.logits.{i}"] = l.contiguous()
        parameters = lora_tensors(model)
        for name, p in parameters.items():
            out[f"{prefix}.grad.{name}"] = p.grad.clone()
        o = OPTIMIZER
        adamw = torch.optim.AdamW(
            list(parameters.values()), lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"],
            weight_decay=o["weightDecay"], foreach=False)
        for _ in range(o["steps"]):
            adamw.zero_grad()
            step_loss, _ = summed_loss(model, sequences)
            losses.append(step_loss.item())
            (step_loss / loss_tokens).backward()
            torch.nn.utils.clip_grad_norm_(list(parameters.values()), o["clipNorm"], foreach=False)
            adamw.step()
        for name, p in parameters.items():
            out[f"{prefix}.after10.{name}"] = p.detach().clone()
    want = torch.float64 if prefix == "fp64" else torch.float32
    assert all(t.dtype == want for t in out.values()), {
        k: t.dtype for k, t in out.items() if t.dtype != want
    }
    return out, losses


def make(name, case, out):
    directory = os.path.join(out, name)
    os.makedirs(directory, exist_ok=True)
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    vocab = case.get("vocab", 64)
    save_base(case, directory, generator)
    adapter = initial_adapter(case, directory, generator)
    sequences = []
    for length in case["lengths"]:
        tokens = torch.randint(0, vocab, (length,), generator=generator).tolist()
        prompt = length // 3
        sequences.append(
            dict(tokens=tokens, trainOn=[1 if i >= prompt else 0 for i in range(length)])
        )
    loss_tokens = sum(sum(s["trainOn"][1:]) for s in sequences)
    tensors, losses = {}, {}
    for dtype, key in ((torch.float32, "fp32"), (torch.float64, "fp64")):
        values, losses[key] = run(case, directory, dtype, adapter, sequences, loss_tokens)
        tensors.update(values)
    save_file(tensors, os.path.join(directory, "golden.safetensors"))
    with open(os.path.join(directory, "case.json"), "w") as f:
        json.dump(
            dict(
                name=name,
                loraRank=case["rank"],
                loraAlpha=case["alpha"],
                rsLora=case.get("rslora", False),
                targets=case["targets"],
                sequences=sequences,
                lossTokens=loss_tokens,
                optimizer=OPTIMIZER,
                lossNats=losses,
                madeWith=dict(
                    torch=torch.__version__,
                    transformers=transformers.__version__,
                    peft=peft.__version__,
                    python=platform.python_version(),
                ),
            ),
            f,
            indent=1,
        )
    print(
        f"{name:24s} loss/token {losses['fp64'][0] / loss_tokens:.4f} -> "
        f"{losses['fp64'][-1] / loss_tokens:.4f} "
        f"fp32-fp64 {abs(losses['fp32'][0] - losses['fp64'][0]):.2e} tensors {len(tensors)}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", nargs="*", default=list(CASES))
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(4)
    for name in arguments.only:
        make(name, CASES[name], arguments.out)
    total = sum(
        os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(arguments.out) for f in fs
    )
    print(f"{len(arguments.only)} cases, {total / 1e6:.2f} MB (at most 3 MB are to be committed)")


if __name__ == "__main__":
    main()
