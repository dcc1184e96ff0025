"""Makes golden.json beside each tokenizer: what Transformers makes of chats and texts.

    python make_chat_goldens.py [--own] DIRECTORY

DIRECTORY holds one folder a tokenizer, each with tokenizer.json and tokenizer_config.json, and
perhaps more templates as NAME.jinja. Nothing of them is kept in this repository. For each template
and chat golden.json gets the text, its ids, the prompt before the last message and, where the
template has generation blocks, the assistant's mask; for each text its ids. With --own only the
model's own template is looked at. RealTokenizersTest reads it:

    mvn test -am -pl common/model -Dtest=RealTokenizersTest \
        -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.jvm=-Dplimsoll.tokenizers=DIRECTORY

Made with transformers 5.18.
"""

import datetime
import json
import pathlib
import sys

import transformers
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2026, 11, 29, 12, 0)


class Clock(datetime.datetime):
    """strftime_now asks it."""

    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = Clock


def say(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments):
    return {"id": "call00001", "type": "function",
            "function": {"name": name, "arguments": arguments}}


TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather of a city.",
    "parameters": {"type": "object", "required": ["city"],
                   "properties": {"city": {"type": "string", "description": "The city."}}}}}]

CHATS = {
    "two": {"messages": [say("user", "What is 2+2?"), say("assistant", "It is 4.")]},
    "system": {"messages": [say("system", "You are terse."), say("user", "What is 2+2?"),
                            say("assistant", "It is 4.")]},
    "four": {"messages": [say("user", "Hi"), say("assistant", "Hello!"), say("user", "And you?"),
                          say("assistant", "Fine.")]},
    "system four": {"messages": [say("system", "Be kind."), say("user", "Hi"),
                                 say("assistant", "Hello!"), say("user", "And you?"),
                                 say("assistant", "Fine.")]},
    "six": {"messages": [say("user", "a"), say("assistant", "b"), say("user", "c"),
                         say("assistant", "d"), say("user", "e"), say("assistant", "f")]},
    "emoji": {"messages": [say("user", "\U0001f600 e\u0301 \u6f22\u5b57"),
                           say("assistant",
                                   "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u9f98 ok")]},
    "rare": {"messages": [say("user", "\u0b95\u0bcd \ud55c\uae00"),
                          say("assistant", "\u2603\ufe0f\U0001d11e and \ufb01")]},
    "spaces": {"messages": [say("user", "  two  \n\n three   "),
                            say("assistant", " lead\n\ttab ")]},
    "code": {"messages": [say("user", "code?"),
                          say("assistant", "```python\ndef f(x):\n    return x  # {{ x }}\n```")]},
    "same": {"messages": [say("user", "yes"), say("assistant", "yes"), say("user", "yes"),
                          say("assistant", "yes")]},
    "numbers": {"messages": [say("user", "1234567890 - 3.14"),
                             say("assistant", "0x1F = 31\n= 31")]},
    "long": {"messages": [say("user", "Tell me. " * 60),
                          say("assistant", "Once upon a time. " * 60)]},
    "think": {"messages": [say("user", "Why?"),
                           say("assistant", "<think>\nLet me see.\n</think>\n\nBecause.")]},
    "reasoning": {"messages": [say("user", "Why?"),
                               say("assistant", "Because.", reasoning_content="Let me see.")]},
    "calls": {"messages": [say("user", "Weather in Paris?"),
                           say("assistant", "", tool_calls=[call("weather", {"city": "Paris"})]),
                           say("tool", "sunny", name="weather", tool_call_id="call00001"),
                           say("assistant", "Sun.")], "tools": TOOLS},
    "calls as text": {"messages": [
        say("user", "Weather in Paris?"),
        say("assistant", "Let me look.",
            tool_calls=[call("weather", json.dumps({"city": "Paris"}))]),
        say("tool", "{\"sky\": \"sunny\"}", name="weather", tool_call_id="call00001"),
        say("assistant", "Sun.")], "tools": TOOLS},
    "calls again": {"messages": [
        say("system", "Be kind."), say("user", "Weather in Paris?"),
        say("assistant", None, tool_calls=[call("weather", {"city": "Paris"})]),
        say("tool", "sunny", name="weather", tool_call_id="call00001"),
        say("assistant", "Sun."), say("user", "And in Rome?"),
        say("assistant", "Let me look.", tool_calls=[call("weather", {"city": "Rome"})]),
        say("tool", "rain", name="weather", tool_call_id="call00001"),
        say("assistant", "Rain.")], "tools": TOOLS},
    "last call": {"messages": [
        say("user", "Weather in Paris?"),
        say("assistant", "", tool_calls=[call("weather", {"city": "Paris"})])], "tools": TOOLS},
    "unused tools": {"messages": [say("user", "Hi"), say("assistant", "Hello!")], "tools": TOOLS},
    "reasoning again": {"messages": [
        say("system", "Be kind."), say("user", "Why?"),
        say("assistant", "Because.", reasoning_content="Let me see."), say("user", "Sure?"),
        say("assistant", "Yes.", reasoning_content="It is so.")]},
    "thinking": {"messages": [say("user", "Why?"),
                              say("assistant", "Because.", thinking="Let me see.")]},
    "reasoned call": {"messages": [
        say("user", "Weather in Paris?"),
        say("assistant", "", reasoning_content="Ask.",
            tool_calls=[call("weather", {"city": "Paris"})]),
        say("tool", "sunny", name="weather", tool_call_id="call00001"),
        say("assistant", "Sun.", reasoning_content="Told.")], "tools": TOOLS},
    "parts": {"messages": [say("user", [{"type": "text", "text": "What is 2+2?"}]),
                           say("assistant", [{"type": "text", "text": "It is 4."}])]},
}

TEXTS = [["2+2=", "4"], ["The sky is", " blue."], ["", "Hello world"], ["a\n", "\nb"],
         ["\u6f22", "\u5b57\U0001f600"], ["Q: x\nA:", " y"], ["foo", "bar"], ["  ", "  x"],
         ["caf", "\u00e9 e\u0301"], ["def f(x):\n", "    return x\n"]]

# Of our own: what templates of the well-known families do, and their generation blocks.
OWN = {
    "own-inst": "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}"
                "{{ '[INST] ' + m.content + ' [/INST]' }}{% elif m.role == 'assistant' %}"
                "{{ ' ' + m.content + eos_token }}{% else %}{{ m.content + '\\n\\n' }}{% endif %}"
                "{% endfor %}",
    "own-generation": "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}"
                      "{% if m.role == 'assistant' %}"
                      "{% generation %}{{ m.content + (eos_token or '') }}{% endgeneration %}"
                      "{{ '\\n' }}{% else %}{{ m.content + '\\n' }}{% endif %}{% endfor %}",
    "own-generation-text": "{{ bos_token }}{% for m in messages %}"
                           "{% if m.role == 'assistant' %}### Answer:\n"
                           "{%- generation %} {{ m.content }}\n"
                           "{% endgeneration %}{% else %}### {{ m.role }}: {{ m.content }}\n"
                           "{% endif %}{% endfor %}",
}


def template_error(error):
    return {"error": f"{type(error).__name__}: {error}"[:300]}


def golden(tokenizer, template, chat):
    arguments = {"chat_template": template, "tools": chat.get("tools")}
    try:
        text = tokenizer.apply_chat_template(chat["messages"], tokenize=False, **arguments)
        blocks = "{% generation %}" in template or "{%- generation %}" in template
        out = tokenizer.apply_chat_template(
            chat["messages"], tokenize=True, return_dict=True,
            return_assistant_tokens_mask=blocks, **arguments)
    except Exception as error:  # the templates of others fail in many ways
        return template_error(error)
    made = {"text": text, "ids": list(out["input_ids"])}
    try:
        made["prompt"] = tokenizer.apply_chat_template(
            chat["messages"][:-1], tokenize=False, add_generation_prompt=True, **arguments)
    except Exception:
        pass  # the template asks for an answer
    if blocks:
        made["mask"] = list(out["assistant_masks"])
    return made


def templates(directory, tokenizer):
    named = {} if "--own" in sys.argv else dict(OWN)
    own = tokenizer.chat_template
    if isinstance(own, dict):
        named.update({f"model-{name}": template for name, template in own.items()})
    elif own:
        named["model"] = own
    for file in sorted(directory.glob("*.jinja")):
        named[file.stem] = file.read_text(encoding="utf-8")
    return named


def main(root):
    for directory in sorted(p for p in root.iterdir() if (p / "tokenizer.json").exists()):
        # the class named in tokenizer_config.json may rebuild the tokenizer from its vocabulary;
        # what tokenizer.json says is what we compare with
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(directory)
        named = templates(directory, tokenizer)
        made = {
            "transformers": transformers.__version__,
            "now": NOW.isoformat(),
            "rows": len(tokenizer),
            "eos": tokenizer.eos_token_id,
            "chats": CHATS,
            "templates": named,
            "renderings": {name: {chat: golden(tokenizer, template, CHATS[chat]) for chat in CHATS}
                           for name, template in named.items()},
            "texts": [{"prompt": p, "completion": c, "ids": tokenizer(p + c).input_ids,
                       "bare": tokenizer(p + c, add_special_tokens=False).input_ids}
                      for p, c in TEXTS],
        }
        (directory / "golden.json").write_text(json.dumps(made), encoding="utf-8")
        failed = sum("error" in g for t in made["renderings"].values() for g in t.values())
        print(directory.name, len(named), "templates,", failed, "renderings refused")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[-1]))
