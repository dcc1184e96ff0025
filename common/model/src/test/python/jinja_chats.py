"""Chats that show what a chat template does: each is a name and the variables of one rendering."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place, \"now\" & soon.",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "A city, as in Zürich"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
                "days": {"type": ["integer", "null"], "description": "How many\ndays"},
                "exact": {"type": "boolean", "default": False},
                "box": {
                    "type": "object",
                    "properties": {"x": {"type": "number"}, "y": {"type": "array",
                                   "items": {"type": "string"}}},
                    "required": ["x"],
                },
            },
            "required": ["place"],
        },
    },
}
CLOCK = {
    "type": "function",
    "function": {
        "name": "clock",
        "description": "Tells the time",
        "parameters": {"type": "object", "properties": {}},
    },
}
RICH = {
    "type": "function",
    "function": {
        "name": "rich",
        "description": "Has everything",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {
                "one": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "d"},
                "two": {"oneOf": [{"type": "integer"}, {"type": "number"}], "nullable": True},
                "three": {"type": "number", "minimum": 0.5, "maximum": 1e20, "default": None},
                "four": {"type": "array", "items": {"type": "object", "properties":
                         {"deep": {"type": "array", "items": {"type": "integer"}}}}},
                "five": {"$ref": "#/definitions/a", "enum": [1, 2.5, True, None, "x"]},
            },
            "required": ["one", "two"],
            "additionalProperties": False,
        },
        "return": {"type": "string", "description": "what it gives"},
    },
}

SYSTEM = {"role": "system", "content": "You are a ship's carpenter."}
USER = {"role": "user", "content": "What is a Plimsoll line?"}
ANSWER = {"role": "assistant", "content": "A mark on a hull."}
MORE = {"role": "user", "content": "And who drew it first?"}


def call(arguments, name="get_weather", id="call12345"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def result(content, name="get_weather", id="call12345"):
    return {"role": "tool", "name": name, "tool_call_id": id, "content": content}


def with_tool(arguments, content=""):
    return [
        SYSTEM,
        {"role": "user", "content": "How is the weather in Zürich?"},
        {"role": "assistant", "content": content, "tool_calls": [call(arguments)]},
        result('{"temperature": 21.5, "sky": "clear"}'),
        {"role": "assistant", "content": "It is 21.5 degrees, and clear."},
    ]


ARGUMENTS = {"place": "Zürich", "days": 3, "exact": True, "box": {"x": 0.1, "y": ["a", "b"]},
             "unit": None, "ratio": 1.0, "big": 12345678901234567890}
PARTS = [{"type": "text", "text": "See "}, {"type": "image"}, {"type": "text", "text": "this."}]
LONG = [SYSTEM] + [
    {"role": "user" if i % 2 == 0 else "assistant", "content": f"Turn {i}: " + "word " * (i % 7)}
    for i in range(20)
]
UNICODE = "  Grüße 😀 \u200d日本語\u00a0<|im_end|> \"quoted\" 'single' \\n \t tab & <b>\r\nnext\n\n"


def chats():
    """Names and variables; messages alone are given as a list."""
    plain = {
        "user": [USER],
        "system": [SYSTEM, USER],
        "answered": [USER, ANSWER],
        "turns": [SYSTEM, USER, ANSWER, MORE],
        "turns answered": [SYSTEM, USER, ANSWER, MORE, {"role": "assistant", "content": "Samuel."}],
        "long": LONG,
        "empty contents": [{"role": "system", "content": ""}, {"role": "user", "content": ""},
                           {"role": "assistant", "content": ""}],
        "unicode": [{"role": "user", "content": UNICODE},
                    {"role": "assistant", "content": UNICODE}],
        "two users": [USER, MORE],
        "assistant first": [ANSWER, USER],
        "system in the middle": [USER, ANSWER, SYSTEM, MORE, ANSWER],
        "two systems": [SYSTEM, SYSTEM, USER],
        "developer": [{"role": "developer", "content": "Be short."}, USER, ANSWER],
        "unknown role": [USER, {"role": "critic", "content": "No."}, ANSWER],
        "no messages": [],
        "reasoning": [SYSTEM, USER, {"role": "assistant", "content": "A mark.",
                      "reasoning_content": "It is about ships.\n"}, MORE,
                      {"role": "assistant", "content": "Samuel.", "reasoning_content": "Hm."}],
        "thinking field": [USER, {"role": "assistant", "content": "A mark.",
                           "thinking": "Ships.", "reasoning": "Ships too."}],
        "thoughts in content": [USER, {"role": "assistant", "content":
                                "<think>\nIt is about ships.\n</think>\n\nA mark."}, MORE,
                                {"role": "assistant", "content": "<think>x</think>Samuel."}],
        "parts": [{"role": "user", "content": PARTS},
                  {"role": "assistant", "content": [{"type": "text", "text": "Seen."}]}],
        "parts of system": [{"role": "system", "content": [{"type": "text", "text": "Be short."}]},
                            {"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "call": with_tool(ARGUMENTS),
        "call as text": with_tool('{"place": "Zürich", "days": 3}'),
        "call without content": with_tool(ARGUMENTS, None),
        "call with words": with_tool({}, "Let me see."),
        "open call": with_tool(ARGUMENTS)[:3],
        "open result": with_tool(ARGUMENTS)[:4],
        "two calls": [USER, {"role": "assistant", "content": None, "tool_calls": [
            call({"place": "A"}), call({}, "clock", "call54321")]},
            result("rain"), result([{"type": "text", "text": "noon"}], "clock", "call54321"),
            {"role": "assistant", "content": "Rain at noon."}],
        "short calls": [USER, {"role": "assistant", "tool_calls": [
            {"name": "clock", "arguments": {"zone": "CET"}}]},
            {"role": "tool", "content": {"time": "12:00", "ok": True}}, ANSWER],
        "reasoned call": [USER, {"role": "assistant", "content": "", "reasoning_content": "Ask.",
                          "tool_calls": [call({"place": "B"})]}, result("sun"),
                          {"role": "assistant", "content": "Sun.", "reasoning_content": "Told."},
                          MORE],
        "no content": [{"role": "user"}, {"role": "assistant", "content": "What?"}],
        "number as content": [{"role": "user", "content": 42}],
        "ipython": [USER, ANSWER, {"role": "ipython", "content": {"output": "3"}}, ANSWER],
        "task": [{"role": "user", "content": "Is this safe?", "name": "Sam"}],
    }
    for name, messages in plain.items():
        yield name, {"messages": messages}
    for name in ("user", "turns", "open result", "parts", "unicode", "reasoned call", "long",
                 "system", "two users", "no messages"):
        yield name + ", prompt", {"messages": plain[name], "add_generation_prompt": True}
    tools = [WEATHER, CLOCK]
    for name in ("user", "system", "call", "two calls", "call as text", "reasoned call", "parts",
                 "turns", "short calls", "open result"):
        yield name + ", tools", {"messages": plain[name], "tools": tools}
    for name in ("user", "turns", "open result", "reasoned call"):
        yield name + ", tools, prompt", {"messages": plain[name], "tools": tools,
                                         "add_generation_prompt": True}
    yield "rich tool", {"messages": [SYSTEM, USER], "tools": [RICH, WEATHER],
                        "add_generation_prompt": True}
    yield "bare tool", {"messages": [USER], "tools": [WEATHER["function"]]}
    yield "no tools", {"messages": [USER], "tools": []}
    for flag in (True, False):
        for name in ("turns", "reasoning", "call"):
            yield f"{name}, thinking {flag}", {
                "messages": plain[name], "add_generation_prompt": True,
                "enable_thinking": flag, "thinking": flag}
    yield "documents", {"messages": [SYSTEM, USER], "add_generation_prompt": True, "documents": [
        {"title": "Load lines", "text": "A mark.", "doc_id": 1}, {"title": "B", "text": "b\nc"}]}
    yield "settings", {
        "messages": [SYSTEM, USER], "tools": tools, "add_generation_prompt": True,
        "date_string": "01 Jan 2025", "builtin_tools": ["brave_search", "wolfram_alpha"],
        "tools_in_user_message": False, "reasoning_effort": "high", "model_identity": "You are I.",
        "custom_tools": None, "strftime_format": "%d", "controls": {"length": "long"},
        "clear_thinking": False, "keep_reasoning": True, "reasoning_budget": 100}
