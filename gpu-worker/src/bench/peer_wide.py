"""The peer of a worker over several cards: Transformers + PEFT with device_map="auto", which puts
neighbouring layers on each card and lets one card work at a time. 4-bit by bitsandbytes where it
is installed, and bf16; LoRA on all seven projections, SDPA, gradient checkpointing.

    python3 peer_wide.py [--layers N] MODEL-DIR RANK REPEATS CASE…

A CASE is SEQUENCESxLENGTH. Each result is a line of JSON: tokens a second of forward and backward,
the median over the repeats after one unmeasured one, and the peak of allocated bytes of each card.
"""

import argparse
import json
import statistics
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def tell(**figures):
    print(json.dumps(figures), flush=True)


def formats():
    try:
        import bitsandbytes  # noqa: F401
        from transformers import BitsAndBytesConfig

        yield "nf4", {
            "quantization_config": BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
        }
    except ImportError:
        tell(format="nf4", error="bitsandbytes is not installed")
    yield "bf16", {}


def synchronize():
    for card in range(torch.cuda.device_count()):
        torch.cuda.synchronize(card)


def measure(model, name, case, repeats):
    sequences, length = map(int, case.split("x"))
    ids = torch.randint(0, model.config.vocab_size, (sequences, length), device="cuda:0")
    cards = range(torch.cuda.device_count())
    times = []
    try:
        for i in range(1 + repeats):
            synchronize()
            for card in cards:
                torch.cuda.reset_peak_memory_stats(card)
            begin = time.perf_counter()
            model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
            synchronize()
            if i >= 1:
                times.append(time.perf_counter() - begin)
        median = statistics.median(times)
        tell(format=name, case=case, tokensPerSecond=sequences * length / median,
             stepMillis=median * 1e3,
             peakBytes=[torch.cuda.max_memory_allocated(card) for card in cards])
    except torch.cuda.OutOfMemoryError:
        tell(format=name, case=case, error="OUT_OF_MEMORY")
    model.zero_grad(set_to_none=True)
    torch.cuda.empty_cache()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--layers", type=int, help="only so many of the model's first layers")
    parser.add_argument("model")
    parser.add_argument("rank", type=int)
    parser.add_argument("repeats", type=int)
    parser.add_argument("cases", nargs="+", metavar="case")
    options = parser.parse_args()
    config = AutoConfig.from_pretrained(options.model)
    if options.layers:
        config.num_hidden_layers = options.layers
    for name, arguments in formats():
        begin = time.perf_counter()
        try:
            model = AutoModelForCausalLM.from_pretrained(
                options.model, config=config, dtype=torch.bfloat16, attn_implementation="sdpa",
                device_map="auto", **arguments)
        except (RuntimeError, ValueError, OSError) as problem:
            tell(format=name, error=str(problem)[:400])
            continue
        tell(format=name, loadSeconds=time.perf_counter() - begin,
             layersByCard={str(place): list(model.hf_device_map.values()).count(place)
                           for place in set(model.hf_device_map.values())})
        model = get_peft_model(model, LoraConfig(
            r=options.rank, lora_alpha=2 * options.rank, target_modules=ALL,
            task_type="CAUSAL_LM"))
        model.train()
        model.gradient_checkpointing_enable(
            gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
        for case in options.cases:
            measure(model, name, case, options.repeats)
        del model
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
