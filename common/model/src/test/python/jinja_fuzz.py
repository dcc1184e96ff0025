"""Writes random small templates and what Jinja2, as Transformers sets it up, makes of them.

    python jinja_fuzz.py OUT [COUNT [SEED]]

OUT is read by the same test as that of jinja_cases.py.
"""
import copy
import json
import os
import random
import sys

import jinja_cases

VARIABLES = {
    "messages": [
        {"role": "system", "content": "Be  Brief. "},
        {"role": "user", "content": "Hi <b>&'\"\n\tx😀é\n", "n": 3},
        {"role": "assistant", "content": None, "parts": [{"type": "text", "text": "ab"}, 1, 2.5]},
    ],
    "tools": None, "documents": None, "add_generation_prompt": True,
    "n": 7, "m": -3, "z": 0, "f": 2.5, "g": -0.0, "big": 12345678901234567890, "e": 1e-7,
    "s": "Hello, wörld! Hello", "t": "  a b\tc\n\nd  ", "empty": "", "u": "x😀y", "d": "12",
    "l": [3, 1, 2], "ll": [["b", 2], ["a", 1]], "mixed": [1, "1", 1.0, True, None, []],
    "names": ["bob", "Al", "cy", "al"], "o": {"b": 1, "a": {"c": [1, 2]}, "items": 5}, "no": {},
    "yes": True, "nil": None,
}
NAMES = [k for k in VARIABLES if k not in ("documents", "tools")] + ["undefd", "x", "y"]
STRINGS = ["'a'", "'l'", "' '", "''", "'Hello'", '"o"', "'-'", "'%s'", "'{}'", "'b'",
           "'\\n'", "'😀'", "'é'", "'1'", "'role'", "'content'", "'a,b;c'", "'%05.2f|%d'",
           "'{0:>5}|{1!r}'", "'ABC def'", "'x' 'y'"]
INTS = ["0", "1", "2", "-1", "3", "10", "-2", "100"]
NUMBERS = INTS + ["1.5", "0.1", "2.0", "1e3", "-7.25", "1e22", "123456.789"]
METHODS0 = ["strip", "lstrip", "rstrip", "upper", "lower", "title", "capitalize", "split", "rsplit",
            "splitlines", "isdigit", "isalpha", "isspace", "isupper", "islower", "isalnum",
            "swapcase", "items", "keys", "values", "copy", "istitle", "isnumeric", "isidentifier",
            "append", "pop", "format", "isascii", "isdecimal"]
METHODS1 = ["strip", "lstrip", "rstrip", "split", "rsplit", "startswith", "endswith", "find",
            "rfind", "index", "count", "join", "get", "removeprefix", "removesuffix", "partition",
            "rpartition", "format", "center", "ljust", "rjust", "zfill", "splitlines", "append",
            "expandtabs"]
METHODS2 = ["replace", "split", "get", "find", "count", "format", "rsplit", "center", "startswith"]
FILTERS0 = ["trim", "length", "first", "last", "list", "upper", "lower", "title", "capitalize",
            "sort", "unique", "dictsort", "items", "int", "float", "string", "round", "abs", "sum",
            "min", "max", "reverse", "tojson", "safe", "escape", "e", "wordcount", "default", "d",
            "join", "count", "indent", "center", "forceescape", "format", "map", "select", "reject"]
FILTERS1 = ["join", "default", "round", "batch", "slice", "indent", "map", "select", "reject",
            "selectattr", "rejectattr", "trim", "groupby", "sort", "attr", "truncate", "center",
            "int", "tojson", "format", "sum", "unique", "min", "max", "float"]
TESTS0 = ["defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number",
          "integer", "float", "boolean", "true", "false", "odd", "even", "lower", "upper",
          "callable", "escaped"]
TESTS1 = ["equalto", "eq", "ne", "lt", "gt", "ge", "le", "in", "divisibleby", "sameas"]
ADDRESSES = [" at 0x", " of dict ", "built-in method", "<function", "<class"]
BINARY = ["+", "-", "*", "/", "//", "%", "**", "~", "and", "or", "==", "!=", "<", "<=", ">", ">=",
          "in", "not in"]


class Fuzz:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def pick(self, things):
        return self.r.choice(things)

    def atom(self):
        kind = self.r.random()
        if kind < 0.5:
            return self.pick(NAMES)
        if kind < 0.7:
            return self.pick(STRINGS)
        if kind < 0.88:
            return self.pick(NUMBERS)
        return self.pick([
            "true", "false", "none", "[]", "{}", "()", "[1, 2, 3]", "{'a': 1, 'b': 'c'}",
            "('p', 'q')", "messages[0]", "messages[1].content", "loop.index", "range(3)",
            "loop.last", "o.a", "ns.v", "messages[1]['role']", "(1,)"])

    def arg(self, depth):
        return self.pick(STRINGS + INTS) if self.r.random() < 0.7 else self.expr(depth - 1)

    def expr(self, depth):
        if depth <= 0:
            return self.atom()
        r = self.r.random()
        e = lambda: self.expr(depth - 1)
        if r < 0.15:
            return self.atom()
        if r < 0.35:
            return f"{e()} {self.pick(BINARY)} {e()}"
        if r < 0.4:
            return f"({e()} {self.pick(BINARY)} {e()})"
        if r < 0.44:
            return self.pick(["not ", "-", "+"]) + e()
        if r < 0.52:
            m = self.r.random()
            if m < 0.4:
                return f"{self.target()}.{self.pick(METHODS0)}()"
            if m < 0.8:
                return f"{self.target()}.{self.pick(METHODS1)}({self.arg(depth)})"
            return f"{self.target()}.{self.pick(METHODS2)}({self.arg(depth)}, {self.arg(depth)})"
        if r < 0.64:
            return f"{e()}|{self.filter(depth)}"
        if r < 0.72:
            not_ = self.pick(["", "", "not "])
            if self.r.random() < 0.6:
                return f"{e()} is {not_}{self.pick(TESTS0)}"
            return f"{e()} is {not_}{self.pick(TESTS1)}({self.arg(depth)})"
        if r < 0.78:
            return f"{self.target()}[{self.arg(depth)}]"
        if r < 0.84:
            part = lambda: self.pick(["", "", "1", "-1", "2", "-2", "0", "5", "-9"])
            step = self.pick(["", "", "", ":", ":2", ":-1", ":-2"])
            return f"{self.target()}[{part()}:{part()}{step}]"
        if r < 0.88:
            return f"({e()} if {e()}{self.pick([' else ' + self.atom(), ''])})"
        if r < 0.91:
            return f"[{e()}, {e()}]"
        if r < 0.93:
            return f"{{{self.pick(STRINGS)}: {e()}, {self.atom()}: {e()}}}"
        if r < 0.95:
            return f"({e()}, {e()})"
        if r < 0.97:
            return f"{e()} {self.pick(['<', '<=', '==', '!=', '>', 'in'])} {e()} " \
                   f"{self.pick(['<', '==', '>='])} {e()}"
        name = self.pick(["a", "b", "role", "items", "_x", "__class__", "0"])
        return self.pick([f"range({self.arg(1)})", f"dict(a={e()})", f"namespace(v={e()}).v",
                          f"dict({e()})", f"{e()}.{name}"])

    def target(self):
        names = ["s", "t", "u", "l", "o", "names", "mixed", "messages", "messages[1].content",
                 "d", "ll"]
        return self.atom() if self.r.random() < 0.5 else self.pick(names)

    def filter(self, depth):
        r = self.r.random()
        if r < 0.5:
            return self.pick(FILTERS0)
        if r < 0.75:
            return f"{self.pick(FILTERS1)}({self.arg(depth)})"
        return self.pick([
            "map(attribute='role')|list", "map('upper')|join(',')", "tojson(indent=2)",
            "selectattr('role', 'equalto', 'user')|list", "tojson(indent=4, sort_keys=true)",
            "tojson(separators=(',', ':'))", "tojson(ensure_ascii=true)", "default('q', true)",
            "replace('l', 'L')", "replace('l', 'L', 1)", "sort(reverse=true)",
            "dictsort(by='value')", "dictsort(reverse=true)", "join(', ')", "batch(2)|list",
            "select('string')|list", "reject('none')|list", "slice(2)|list", "truncate(5)",
            "round(1, 'floor')", "round(1, 'ceil')", "truncate(6, true, '~')", "indent(2, true)",
            "indent(width=3, blank=true)", "map('length')|list", "list|length", "first|upper",
            "groupby('role')|list", "sum(attribute='n')", "map(attribute='n', default=9)|list",
            "unique|list", "items|list", "reverse|list", "center(9)", "select|list", "int(5)",
            "select('odd')|list", "max(attribute='role')", "rejectattr('content')|list",
            "replace('', '-')", "format(1, 2)", "batch(2, 'f')|list", "slice(2, 'f')|list"])

    def print(self, depth):
        left = self.pick(["{{ ", "{{ ", "{{", "{{- ", "{{+ "])
        return f"{left}{self.expr(depth)}{self.pick([' }}', ' }}', '}}', ' -}}'])}"

    def tag(self, body):
        left = self.pick(["{% ", "{% ", "{%- ", "{%+ "])
        return left + body + self.pick([" %}", " %}", " -%}", " +%}"])

    def text(self):
        return self.pick(["", "a", " ", "\n", "  \n", "b c", "\n  ", " é ", "\n\n", "{ ", "#",
                          "%}", "\t"])

    def body(self, depth, loop=False):
        parts = [self.text() + self.statement(depth, loop) for _ in range(self.r.randint(1, 3))]
        return "".join(parts) + self.text()

    def name(self):
        return self.pick(["x", "y", "n", "s", "undefd"])

    def statement(self, depth, loop=False):
        r = self.r.random()
        t = self.tag
        if depth <= 0 or r < 0.35:
            return self.print(self.r.randint(0, 3))
        if r < 0.5:
            extra = "".join(t(f"elif {self.expr(2)}") + self.body(depth - 1, loop)
                            for _ in range(self.r.randint(0, 1)))
            other = t("else") + self.body(depth - 1, loop) if self.r.random() < 0.5 else ""
            return t(f"if {self.expr(2)}") + self.body(depth - 1, loop) + extra + other + t("endif")
        if r < 0.68:
            target, over = self.pick([
                ("x", self.expr(1)), ("x", "messages"), ("x", "l"), ("x, y", "ll"), ("x", "s"),
                ("x, y", "o.items()"), ("x, y", "o|items"), ("x", "range(4)"), ("(x, y)", "ll"),
                ("x", "names|reverse"), ("x", "mixed|select"), ("x", "o"), ("x", "undefd")])
            test = f" if {self.expr(1)}" if self.r.random() < 0.3 else ""
            extra = self.pick(["", "", "{{ loop.index }}", "{{ loop.last }}{{ loop.length }}",
                               "{{ loop.revindex0 }}{{ loop.first }}",
                               "{{ loop.nextitem }}|{{ loop.previtem }}",
                               "{{ loop.cycle('o', 'e') }}", "{{ loop.changed(x) }}"])
            control = ""
            if self.r.random() < 0.2:
                control = t(f"if {self.expr(1)}") + t(self.pick(["break", "continue"])) + t("endif")
            other = t("else") + self.body(depth - 1, loop) if self.r.random() < 0.3 else ""
            return (t(f"for {target} in {over}{test}") + extra + control
                    + self.body(depth - 1, True) + other + t("endfor"))
        if r < 0.78:
            return t(f"set {self.pick([self.name(), 'x, y', 'ns.v'])} = {self.expr(2)}")
        if r < 0.82:
            flt = self.pick(["", "", " | upper", " | trim", " | length", " | replace('a', x)"])
            block = self.body(depth - 1, loop)
            return t(f"set {self.name()}{flt}") + block + t("endset")
        if r < 0.86:
            block = self.body(depth - 1, loop)
            return t(f"with {self.name()} = {self.expr(1)}") + block + t("endwith")
        if r < 0.92:
            name = self.pick(["f", "g"])
            params = self.pick(["", "x", "x, y=2", "x=n, y=x", "y='q'"])
            call = self.pick([f"{name}()", f"{name}(1)", f"{name}(1, 2)", f"{name}(y=3)",
                              f"{name}({self.expr(1)})"])
            inner = self.pick(["", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller }}"])
            block = t("call " + call) + self.body(0) + t("endcall")
            use = self.pick(["{{ " + call + " }}", block])
            block = inner + self.body(depth - 1)
            return t(f"macro {name}({params})") + block + t("endmacro") + use
        if r < 0.95:
            name = self.pick(["upper", "trim", "indent(2)", "replace('a', 'b')", "title"])
            return t("filter " + name) + self.body(depth - 1, loop) + t("endfilter")
        if r < 0.97:
            return t("generation") + self.body(depth - 1) + t("endgeneration")
        if r < 0.99:
            return self.pick(["{# c #}", "{#- c -#}\n", "{%- raw %} {{ x }} {% endraw -%}",
                              "{#+ c\n#}\n", "{% raw -%}\n  {% if %}\n {%- endraw %}"])
        return t(self.pick(["break", "continue"])) if loop else ""

    def template(self):
        if self.r.random() < 0.5:
            start = self.pick(["", "{% set ns = namespace(v=1) %}"])
            return start + "{{ " + self.expr(self.r.randint(1, 4)) + " }}"
        return "{% set ns = namespace(v=[]) %}" + self.body(3)


def main():
    out = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    os.makedirs(out, exist_ok=True)
    fuzz = Fuzz(seed)
    templates = []
    skipped = 0
    with open(os.path.join(out, "cases.jsonl"), "w") as file:
        while len(templates) < count:
            template = fuzz.template()
            rendered = jinja_cases.render(template, copy.deepcopy(VARIABLES))
            text = rendered.get("text", "")
            # an address in memory, or too long to be of use
            if len(text) > 100000 or any(part in text for part in ADDRESSES):
                skipped += 1
                continue
            file.write(json.dumps({"template": len(templates), "chat": 0} | rendered) + "\n")
            templates.append({"source": template, "tokens": {}})
    json.dump(templates, open(os.path.join(out, "templates.json"), "w"))
    json.dump([{"name": "fuzz", "variables": VARIABLES}],
              open(os.path.join(out, "chats.json"), "w"))
    print(count, "cases,", skipped, "left out")


if __name__ == "__main__":
    main()
