"""Writes the golden values of GoldenTemplatesTest: small templates of our own and what Jinja2, as
Transformers sets it up, makes of them.

    python jinja_golden.py ../resources/golden/jinja.json
"""
import copy
import json
import re
import sys

import jinja_cases
import jinja_fuzz

# one template a line
TABLE = open("jinja_golden.txt", encoding="utf-8").read().rstrip("\n").split("\n")
# Jinja takes a slice of a literal number apart when it makes its code, and is then milder
LITERAL_SLICE = re.compile(r"(\d|true|false|none|[})])\[[^\]]*:")

BLOCKS = [
    "{% if true %}\n  a\n{% endif %}\nb\n",
    "  {% if true %}  \n  a\n  {% endif %}\n  b\n\n",
    "  {%+ if true +%}\n  a{% endif %}\n",
    "a\r\nb\rc\r\n",
    "{% for x in l %}\n- {{ x }}\n{% endfor %}\n\n",
    "x\n  {# c #}\n  y {# d #}\n{#- e -#}\n z",
    "{%- set x = 1 -%}\n\n  {{ x }}\n  {%- if x %}\n y\n{%- endif %}\n",
    "{{ 'a\nb\r\nc' }}\n\t{% raw %}\n{{ x }}\n{% endraw %}\nz",
    "{% macro f(a) -%}\n  {{ a }}\n{%- endmacro %}\n{{ f(1) }}\n{{ f('x') }}",
    "{% set x %}\n\n{% for i in l %}\n {{ i }}\n{% endfor %}\n{% endset %}\n[{{ x }}]",
    "{{ messages[0].content.strip().split(' ')\n  | join('-') }}\n{{\n n\n}}",
]


def case(template):
    variables = copy.deepcopy(jinja_fuzz.VARIABLES)
    return {"source": template} | jinja_cases.render(template, variables)


def main():
    fuzz = jinja_fuzz.Fuzz(8)
    random = []
    while len(random) < 400:
        template = fuzz.template()
        made = case(template)
        text = made.get("text", "")
        if not LITERAL_SLICE.search(template) and len(template) < 300 and len(text) < 1000 \
                and not any(part in text for part in jinja_fuzz.ADDRESSES):
            if "text" in made or len(random) % 3 == 0:
                random.append(made)
    golden = {
        "variables": jinja_fuzz.VARIABLES,
        "table": [case(template) for template in TABLE],
        "blocks": [case(template) for template in BLOCKS],
        "random": random,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
