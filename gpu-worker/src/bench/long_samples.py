"""Writes long samples of real text for `long.sh`, and a tokenizer that makes words of it.

    python3 long_samples.py TEXT-DIR TOKENIZER-DIR OUT LENGTH…

TEXT-DIR is searched for *.java and *.md. A byte-level BPE of 8,192 tokens is trained on them and
written into TOKENIZER-DIR, which holds a copy of the built-in model's tokenizer files. For each
LENGTH one line {"id": …, "text": …} is written into OUT: exactly LENGTH tokens with the bos before
and the eos behind the text; other text for each.
"""

import json
import pathlib
import random
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

SPECIAL = ["<bos>", "<eos>", "<pad>"]


def main():
    source, directory, out, *lengths = sys.argv[1:]
    files = sorted(p for e in ("*.java", "*.md") for p in pathlib.Path(source).rglob(e))
    random.Random(7).shuffle(files)
    texts = [f.read_text(encoding="utf-8") for f in files]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=8192, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", tokenizer.token_to_id("<bos>"))])
    tokenizer.save(f"{directory}/tokenizer.json")
    config = pathlib.Path(directory, "config.json")
    if config.exists():
        values = json.loads(config.read_text())
        for role in ("bos", "eos", "pad"):
            values[f"{role}_token_id"] = tokenizer.token_to_id(f"<{role}>")
        config.write_text(json.dumps(values, indent=2))
    everything = "\n".join(texts)
    begin = 0
    with open(out, "w", encoding="utf-8") as samples:
        for number, length in enumerate(map(int, lengths)):
            text = exact(tokenizer, everything[begin:] + everything[:begin], length - 1)
            begin = (begin + len(text)) % len(everything)
            print(f"{len(text.encode()):,} bytes for {length:,} tokens", flush=True)
            samples.write(json.dumps({"id": f"long-{number}", "text": text}) + "\n")


def exact(tokenizer, text, length):
    """The beginning of the text, repeated where it is too short: so many tokens with the bos."""
    while True:
        encoding = tokenizer.encode(text[: 8 * length])
        if len(encoding.ids) >= length:
            end = encoding.offsets[length - 1][1]
            for cut in range(end, end - 200, -1):
                if len(tokenizer.encode(text[:cut]).ids) == length:
                    return text[:cut]
            raise SystemExit(f"no beginning of the text has {length} tokens")
        text += text


main()
