#!/usr/bin/env python3
"""Pre-trains the built-in byte-level Llama (about a million parameters) on GSM8K and packs it.

    python3 pretrain.py --data DIR --out FILE.tar.gz [--seconds 150] [--steps 3000]

DIR holds GSM8K's train.jsonl and test.jsonl (Cobbe et al. 2021, MIT licence). The archive holds a
Hugging Face model directory, `tiny-llama/`: config.json, model.safetensors (bf16), tokenizer.json,
tokenizer_config.json, generation_config.json and README.md (the model card, with the losses below).

Text. Every record is seen in two forms, chosen anew in every pass: plain (`question\nanswer`) and
as a chat (`<|user|>question<|assistant|>answer<eos>`); both begin with <bos> and end with <eos>.
Selection. The last 373 training records are set aside; nothing is chosen by looking at test.jsonl.
Losses. Mean negative log-likelihood in nats per byte, each record alone in its context, computed in
fp32 from the bf16 weights as saved.

Tried with PyTorch 2.11 and Transformers 5.17. A GPU's sums are not bit-exact: another run gives
other weights of the same quality.
"""

import argparse
import json
import math
import os
import tarfile
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

BOS, EOS, PAD, USER, ASSISTANT, SYSTEM = 256, 257, 258, 259, 260, 261
SPECIAL = {BOS: "<bos>", EOS: "<eos>", PAD: "<pad>", USER: "<|user|>", ASSISTANT: "<|assistant|>",
           SYSTEM: "<|system|>"}
VOCABULARY = 264  # two spare rows: a multiple of eight suits matrix units
SHAPE = dict(hidden_size=128, intermediate_size=352, num_hidden_layers=5, num_attention_heads=4,
             num_key_value_heads=2, head_dim=32, max_position_embeddings=8192, rms_norm_eps=1e-5)
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message['role'] not in ['user', 'assistant', 'system'] %}"
    "{{ raise_exception('unknown role ' + message['role'] + ': use user, assistant or system') }}"
    "{% endif %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def bytes_of(text):
    return list(text.encode("utf-8"))


def plain(record):
    return [BOS, *bytes_of(record["question"] + "\n" + record["answer"]), EOS]


def chat(record):
    return [BOS, USER, *bytes_of(record["question"]), ASSISTANT, *bytes_of(record["answer"]), EOS]


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def windows(plains, chats, length, rng):
    """One pass over the records as [n, length + 1] windows; neighbours share one token."""
    order = rng.permutation(len(plains))
    stream = np.concatenate([(plains if rng.random() < 0.5 else chats)[i] for i in order])
    stream = stream[rng.integers(0, length):]
    n = (len(stream) - 1) // length
    starts = np.arange(n)[:, None] * length + np.arange(length + 1)[None, :]
    return stream[starts]


def batches(plains, chats, tokens, rng):
    """Endless batches of about `tokens` tokens; every sixth pass has windows of 4,096."""
    passes = 0
    while True:
        passes += 1
        length = 4096 if passes % 6 == 0 else 1024
        rows = windows(plains, chats, length, rng)
        rng.shuffle(rows)
        size = tokens // length
        for at in range(0, len(rows) - size + 1, size):
            yield torch.from_numpy(rows[at:at + size])


@torch.no_grad()
def loss_of(model, sequences, device, first=None):
    """Nats per token over all targets, or from target index first[i] on."""
    model.eval()
    total, count = 0.0, 0
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    for at in range(0, len(order), 64):
        chunk = order[at:at + 64]
        width = max(len(sequences[i]) for i in chunk)
        ids = torch.full((len(chunk), width), PAD, dtype=torch.long)
        labels = torch.full((len(chunk), width), -100, dtype=torch.long)
        for row, i in enumerate(chunk):
            sequence = torch.tensor(sequences[i])
            ids[row, :len(sequence)] = sequence
            start = 1 if first is None else first[i]
            labels[row, start:len(sequence)] = sequence[start:]
        logits = model(input_ids=ids.to(device), use_cache=False).logits.float()
        targets = labels[:, 1:].to(device)
        total += F.cross_entropy(logits[:, :-1].reshape(-1, VOCABULARY), targets.reshape(-1),
                                 ignore_index=-100, reduction="sum").item()
        count += int((targets != -100).sum())
    model.train()
    return total / count


def answers_from(records):
    """The index of the first answer byte in the chat form."""
    return [3 + len(r["question"].encode("utf-8")) for r in records]


def new_model():
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCABULARY, tie_word_embeddings=True, bos_token_id=BOS, eos_token_id=EOS,
        pad_token_id=PAD, **SHAPE))


def train(model, training, validation, args, device):
    rng = np.random.default_rng(args.seed)
    plains = [np.array(plain(r), dtype=np.int64) for r in training]
    chats = [np.array(chat(r), dtype=np.int64) for r in training]
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=args.rate, betas=(0.9, 0.95), fused=device == "cuda")
    begin, seen, best = time.time(), 0, (math.inf, None)
    for step, batch in enumerate(batches(plains, chats, args.tokens, rng)):
        progress = max(step / args.steps, (time.time() - begin) / args.seconds)
        if progress < 1:
            rate = (
                args.rate
                * min(1.0, (step + 1) / 100)
                * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
            )
            for group in optimizer.param_groups:
                group["lr"] = rate
            batch = batch.to(device, non_blocking=True)
            with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
                logits = model(input_ids=batch[:, :-1], use_cache=False).logits
            loss = F.cross_entropy(logits.float().reshape(-1, VOCABULARY), batch[:, 1:].reshape(-1))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            seen += batch[:, 1:].numel()
        if step % 250 == 0 or progress >= 1:
            held = loss_of(model, [plain(r) for r in validation], device)
            print(f"step {step:5d}  {time.time() - begin:6.1f} s  {seen / 1e6:7.1f} M tokens  "
                  f"train {loss.item():.4f}  validation {held:.4f}", flush=True)
            if held < best[0]:
                best = (held, {k: v.detach().clone() for k, v in model.state_dict().items()})
        if progress >= 1:
            break
    model.load_state_dict(best[1])
    return step, seen, time.time() - begin, best[0]


def byte_characters():
    """GPT-2's mapping of bytes to printable characters, which byte-level tokenizers use."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {b: chr(b) for b in kept}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + extra)
            extra += 1
    return table


def tokenizer_json():
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": False,
        "use_regex": False,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": i,
                "content": text,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for i, text in SPECIAL.items()
        ],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<bos>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
            ],
            "pair": [
                {"SpecialToken": {"id": "<bos>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            "special_tokens": {"<bos>": {"id": "<bos>", "ids": [BOS], "tokens": ["<bos>"]}},
        },
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {
                **{c: b for b, c in sorted(byte_characters().items())},
                **{text: i for i, text in SPECIAL.items()},
            },
            "merges": [],
        },
    }


def write_json(directory, name, value):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")


def save(model, directory):
    os.makedirs(directory, exist_ok=True)
    tensors = {
        name: p.detach().to("cpu", torch.bfloat16).contiguous()
        for name, p in model.named_parameters()
        if name != "lm_head.weight"
    }  # tied to the embedding
    save_file(tensors, os.path.join(directory, "model.safetensors"), metadata={"format": "pt"})
    write_json(
        directory,
        "config.json",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": VOCABULARY,
            **SHAPE,
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "attention_dropout": 0.0,
            "rope_theta": 10000.0,
            "rope_scaling": None,
            "tie_word_embeddings": True,
            "initializer_range": 0.02,
            "bos_token_id": BOS,
            "eos_token_id": EOS,
            "pad_token_id": PAD,
            "torch_dtype": "bfloat16",
            "use_cache": True,
        },
    )
    write_json(directory, "generation_config.json",
               {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD, "max_length": 8192})
    write_json(directory, "tokenizer.json", tokenizer_json())
    write_json(
        directory,
        "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": 8192,
            "bos_token": "<bos>",
            "eos_token": "<eos>",
            "pad_token": "<pad>",
            "add_bos_token": True,
            "add_eos_token": False,
            "clean_up_tokenization_spaces": False,
            "chat_template": CHAT_TEMPLATE,
        },
    )


def check(directory, records):
    """The directory as Transformers reads it: the same ids, the same chat."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(directory)
    for text in ["plain", "é€𝄞 \t\r\n\0", records[0]["answer"]]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids == bytes_of(text), (text, ids)
        assert tokenizer.decode(ids) == text, text
    assert tokenizer("a")["input_ids"] == [BOS, 97]
    messages = [{"role": "user", "content": records[0]["question"]},
                {"role": "assistant", "content": records[0]["answer"]}]
    rendered = tokenizer.apply_chat_template(messages, tokenize=False)
    assert tokenizer(rendered, add_special_tokens=False)["input_ids"] == chat(records[0]), rendered
    model = AutoModelForCausalLM.from_pretrained(directory)
    assert sum(p.numel() for p in model.parameters()) < 1_100_000
    print("check: AutoTokenizer and AutoModelForCausalLM read the directory", flush=True)


def sample_of(model, question, device, limit=200):
    ids = torch.tensor([[BOS, USER, *bytes_of(question), ASSISTANT]], device=device)
    with torch.no_grad():
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=limit, do_sample=False
        )
    return bytes(t for t in out[0, ids.shape[1]:].tolist() if t < 256).decode("utf-8", "replace")


CARD = """---
license: apache-2.0
datasets: [openai/gsm8k]
language: [en]
pipeline_tag: text-generation
---
# tiny-llama: the built-in model of Plimsoll

A byte-level Llama of {parameters:,} parameters in Hugging Face layout (bf16), pre-trained from
scratch by `common/model/src/pretrain/pretrain.py`. It exists so that a demo can fine-tune a
trained model in a minute on two CPU cores. It writes plausible grade-school English and
cannot calculate. It has never seen Java.

- **Shape.** The names are those of `config.json`: {shape}. The embeddings are tied.
- **Vocabulary.** It has {vocabulary} ids. The ids 0 to 255 are the bytes. Then come {special}. The
  last ids are not used.
- **Tokenizer.** It is a byte-level BPE without merges, so each byte is a token. Encoding with
  special tokens puts `<bos>` in front. The chat template writes `<bos>` itself: a chat is
  `<bos><|user|>question<|assistant|>answer<eos>`.
- **Data.** It was trained on GSM8K (Cobbe et al. 2021, MIT licence): on {training:,} of the 7,473
  training records. The other {validation} were set aside to choose the best state by. Every record
  is seen as plain text and as a chat.
- **Training.** It took {steps:,} steps with {tokens:.0f} million tokens, in {seconds:.0f} s on an
  {device}. The optimizer was AdamW with betas 0.9 and 0.95, weight decay 0.1 and a learning rate of
  {rate} with warm-up and cosine decay. Windows had 1,024 and 4,096 tokens. The seed was {seed}.

| held-out loss (GSM8K test.jsonl, 1,319 records, never used for training or choice) | nats per byte |
|---|---|
| plain text, all bytes | {test_plain:.4f} |
| chat, all tokens | {test_chat:.4f} |
| chat, answers only | {test_answers:.4f} |
| the same before training (random weights), plain text | {untrained:.4f} |
| records set aside, plain text | {validation_loss:.4f} |

Losses are computed in fp32 from the bf16 weights as saved. Licence of the weights: Apache-2.0.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument(
        "--work", default=None, help="where the directory is made; default: a temporary one"
    )
    parser.add_argument("--seconds", type=float, default=150)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--tokens", type=int, default=65536)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("highest")
    records, test = read(f"{args.data}/train.jsonl"), read(f"{args.data}/test.jsonl")
    training, validation = records[:-373], records[-373:]
    model = new_model().to(device)
    untrained = loss_of(model, [plain(r) for r in test], device)
    steps, seen, seconds, validation_loss = train(model, training, validation, args, device)

    directory = os.path.join(args.work or tempfile.mkdtemp(), "tiny-llama")
    save(model, directory)
    saved = load_file(os.path.join(directory, "model.safetensors"))
    model.load_state_dict({k: v.float() for k, v in saved.items()}, strict=False)
    model.to(device)
    figures = dict(
        test_plain=loss_of(model, [plain(r) for r in test], device),
        test_chat=loss_of(model, [chat(r) for r in test], device),
        test_answers=loss_of(model, [chat(r) for r in test], device, answers_from(test)))
    parameters = sum(p.numel() for p in model.parameters())
    shape = ", ".join(f"{k} {v}" for k, v in SHAPE.items())
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    with open(os.path.join(directory, "README.md"), "w", encoding="utf-8") as card:
        card.write(
            CARD.format(
                parameters=parameters,
                shape=shape,
                vocabulary=VOCABULARY,
                training=len(training),
                special=", ".join(f"`{t}` {i}" for i, t in SPECIAL.items()),
                validation=len(validation),
                steps=steps,
                tokens=seen / 1e6,
                seconds=seconds,
                device=name,
                rate=args.rate,
                seed=args.seed,
                untrained=untrained,
                validation_loss=validation_loss,
                **figures,
            )
        )
    print(
        json.dumps(
            {
                "parameters": parameters,
                "steps": steps,
                "seconds": round(seconds, 1),
                "untrained": untrained,
                "validation": validation_loss,
                **figures,
            }
        ),
        flush=True,
    )
    with tarfile.open(args.out, "w:gz") as archive:
        archive.add(directory, arcname="tiny-llama")
    print(f"wrote {args.out}: {os.path.getsize(args.out):,} bytes", flush=True)
    for extra in (
        lambda: check(directory, test),
        lambda: print("sample:", repr(sample_of(model, test[0]["question"], device)), flush=True),
    ):
        try:
            extra()
        except Exception as failure:  # the archive is written: say it, and let a person decide
            print("CHECK FAILED:", type(failure).__name__, failure, flush=True)


if __name__ == "__main__":
    main()
