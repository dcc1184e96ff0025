"""Renders chat templates with Transformers and writes what it gives, for JinjaCasesTest.

    python jinja_cases.py OUT SOURCE...

A SOURCE is a folder or a file: tokenizer_config.json with a chat_template, *.jinja, or a .json
with a list of templates. OUT gets templates.json, chats.json and cases.jsonl. Nothing of it belongs
into the repository: the templates are other people's work.
"""
import datetime
import glob
import json
import os
import sys

import transformers.utils.chat_template_utils as utils

from jinja_chats import chats

NOW = datetime.datetime(2025, 3, 9, 14, 5, 7)


class Fixed(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2025, 3, 9, 14, 5, 7)


utils.datetime = Fixed
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def token(value):
    return value["content"] if isinstance(value, dict) else value


def templates(source):
    if os.path.isdir(source):
        for pattern in ("tokenizer_config.json", "*.jinja", "templates.list.json"):
            for path in sorted(glob.glob(os.path.join(source, "**", pattern), recursive=True)):
                yield from templates(path)
    elif source.endswith(".jinja"):
        yield open(source, encoding="utf-8").read(), TOKENS
    else:
        config = json.load(open(source, encoding="utf-8"))
        if isinstance(config, list):
            for each in config:
                yield each, TOKENS
            return
        tokens = {k: token(v) for k, v in config.items() if k.endswith("_token") and v}
        given = config.get("chat_template")
        for each in given if isinstance(given, list) else [given]:
            if each:
                yield (each["template"] if isinstance(each, dict) else each), tokens


def render(template, variables):
    given = dict(variables)
    messages = given.pop("messages")
    try:
        texts, spans = utils.render_jinja_template(
            conversations=[messages], chat_template=template, return_assistant_tokens_mask=True,
            **given)
        return {"text": texts[0], "spans": spans[0]}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)[:200]}


def main():
    out, sources = sys.argv[1], sys.argv[2:]
    os.makedirs(out, exist_ok=True)
    all_chats = list(chats())
    found = {}
    for source in sources:
        for template, tokens in templates(source):
            found.setdefault(template, tokens)
    cases = 0
    with open(os.path.join(out, "cases.jsonl"), "w", encoding="utf-8") as file:
        for number, (template, tokens) in enumerate(found.items()):
            for chat, (name, variables) in enumerate(all_chats):
                case = {"template": number, "chat": chat}
                case.update(render(template, tokens | variables))
                file.write(json.dumps(case) + "\n")
                cases += 1
    json.dump([{"source": k, "tokens": v} for k, v in found.items()],
              open(os.path.join(out, "templates.json"), "w"))
    json.dump([{"name": name, "variables": {"tools": None, "documents": None,
                "add_generation_prompt": False} | variables} for name, variables in all_chats],
              open(os.path.join(out, "chats.json"), "w"))
    print(len(found), "templates,", cases, "cases")


if __name__ == "__main__":
    main()
