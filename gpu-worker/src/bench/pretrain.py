"""Makes a small Llama that has really learned, for `GpuCheckMain quantized`: bytes of questions and
answers.

    python3 pretrain.py TEXT.jsonl SKIP STEPS DIR

The first SKIP lines of TEXT stay unseen. Tokens: 256, 259, question, 260, answer, 257; one token
per byte.
"""

import json
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

ROW = 1024
ROWS = 32


def main():
    text, skip, steps, directory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    stream = []
    for line in open(text).readlines()[skip:]:
        sample = json.loads(line)
        stream += [256, 259, *sample["question"].encode(), 260, *sample["answer"].encode(), 257]
    rows = torch.tensor(stream[: len(stream) // ROW * ROW]).view(-1, ROW).cuda()
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=320,
            hidden_size=512,
            intermediate_size=1408,
            num_hidden_layers=8,
            num_attention_heads=8,
            num_key_value_heads=2,
            max_position_embeddings=2048,
            tie_word_embeddings=False,
        )
    ).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1e-3, total_steps=steps, pct_start=0.1
    )
    started = time.time()
    for step in range(steps):
        batch = rows[torch.randint(0, rows.size(0), (ROWS,), device="cuda")]
        with torch.autocast("cuda", torch.bfloat16):
            loss = model(input_ids=batch, labels=batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == steps - 1:
            print(
                f"step {step}: {loss.item():.4f} nats a byte, {time.time() - started:.0f} s",
                flush=True,
            )
    model.to(torch.bfloat16).save_pretrained(directory)


if __name__ == "__main__":
    main()
