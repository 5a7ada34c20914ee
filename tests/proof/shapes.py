"""What a secret can stand in.

In a piece of source, `«S»` is a string literal with the value somewhere in it, `«V»` the bare value, `«A»` and `«B»`
the two parts that it is split into, `«R»` the value backwards, `«6»` and `«X»` the value in base 64 and in hexadecimal
digits, `«N»` the name of an environment variable, `«E»` and `«G»` what the file calls `os.environ` and `os.getenv`,
`«i»` a number of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """A piece of source with a hole for a value."""

    name: str
    """The id of the shape in `tests/shapes.py`, and a description."""
    source: str
    whole: bool = False
    """Whether the literal holds the value and nothing else."""
    binary: bool = True
    """Whether the literal may be of bytes."""
    alone: bool = False
    """Whether it must be the only piece of its file."""
    nested: bool = True
    """Whether it may stand in a function or a block."""
    explained: bool = False
    """Whether there is no safe fix, so that the finding stays and the reason explains the manual fix."""
    unset: bool = False
    """Whether the file, which has no other piece, runs to its end without the name, too."""


PYTHON = (
    # Values that go somewhere.
    Shape("A-14 constant", "v«i» = «S»\nsink(v«i»)"),
    Shape("A-14 parenthesised", "v«i» = (\n    «S»\n)\nsink(v«i»)"),
    Shape("16 tested", "v«i» = «S»\nif not v«i»:\n    sink('not set')\nelse:\n    sink('Bearer ' + v«i»)", binary=False,
          whole=True, alone=True, unset=True),
    Shape("16 tested, of a type", "v«i»: str = «S»\nif v«i»:\n    sink(v«i».upper())\nsink(v«i».upper())", binary=False,
          whole=True, alone=True, unset=True),
    Shape("16 tested for None", "def f«i»():\n    v = «S»\n    if v is None:\n        return 'not set'\n"
          "    return v + '1'\nsink(f«i»())", binary=False, whole=True, alone=True, unset=True),
    Shape("16 tested attribute", "class C«i»:\n    def __init__(self):\n        self.k = «S»\n    def f(self):\n"
          "        return self.k or 'x'\nsink(C«i»().f())", binary=False, whole=True, alone=True, unset=True),
    Shape("16 tested default", "v«i» = «G»('«N»', «S»)\nif v«i»:\n    sink(v«i».split())\nsink(bool(v«i»))",
          binary=False, alone=True, unset=True),
    Shape("A-15 annotated", "v«i»: object = «S»\nsink(v«i»)"),
    Shape("A-15 tuple", "v«i», w«i» = «S», 1\nsink(v«i», w«i»)"),
    Shape("A-15 chained", "v«i» = w«i» = «S»\nsink(v«i», w«i»)"),
    Shape("A-15 walrus", "if (v«i» := «S»):\n    sink(v«i»)"),
    Shape("A-15 Literal", "import typing\nv«i»: typing.Literal[«S»] = 1", whole=True, binary=False),
    Shape("A-1 login", "import huggingface_hub\nhuggingface_hub.login(token=«S»)"),
    Shape("A-1 login, positional", "from huggingface_hub import login\nlogin(«S»)"),
    Shape("A-9 keyword", "from openai import OpenAI\nc«i» = OpenAI(api_key=«S», timeout=3)"),
    Shape("A-9 multi-line call", "import openai\nopenai.OpenAI(\n    api_key=«S»,  # mine\n    n=1,\n)"),
    Shape("A-10 positional", 'import groq\ngroq.Groq("x", «S»)'),
    Shape("A-11 header", 'import requests\nrequests.get("https://h.test", headers={"Authorization": «S», "b": "c"})'),
    Shape("A-13 concatenation", 'sink("Bearer " + «S»)', binary=False),
    Shape("A-13 percent argument", 'sink("a %s b" % «S»)', binary=False),
    Shape("A-13 format argument", 'sink("a {} b".format(«S»))', binary=False),
    Shape("A-22 implicit concatenation", 'sink("a {x}" "«V»" \'b"\')', binary=False),
    Shape("A-22 implicit concatenation, value first", 'sink("«V»" "b")', binary=False),
    Shape("A-22 split over lines", 'sink((\n    "«A»"\n    "«B»"\n))'),
    Shape("A-22 split by a backslash", 'sink("«A»\\\n«B»")', nested=False),
    Shape("A-23 split by a plus", "v«i» = '«A»' + '«B»'\nsink(v«i»)"),
    Shape("A-23 split, joined", 'sink("".join(["«A»", "«B»"]))'),
    Shape("A-23 split, as an argument", 'import huggingface_hub\nhuggingface_hub.login(token="«A»" "«B»")'),
    Shape("A-23 split, in an f-string", "sink(f\"«A»{'«B»'}\")"),
    Shape("A-23 split, formatted", 'sink("{}{}".format("«A»", "«B»"))'),
    Shape("A-23 split, to the environment", '«E»["«N»"] = "«A»" + "«B»"\nsink(«E»["«N»"])'),
    Shape("A-23 backwards", 'sink("«R»"[::-1])'),
    Shape("A-23 base 64", 'import base64\nsink(base64.b64decode("«6»").decode())'),
    Shape("A-23 hexadecimal", 'sink(bytes.fromhex("«X»").decode())'),
    Shape("A-25 dictionary", 'sink({"hf": {"token": «S»}, "x": 1})'),
    Shape("A-25 list", 'sink([«S», "b"])'),
    Shape("A-25 set", "sink(sorted({«S»}))"),
    Shape("A-25 dictionary key", "sink({«S»: 1})", explained=True),
    Shape("A-26 clone", 'import subprocess\nsubprocess.run(["git", "clone", «S»], check=True)'),
    Shape("A-26 system", 'import subprocess\nsubprocess.run("hf upload --token «V» && echo {}", shell=True)'),
    Shape("A-27 command", 'import subprocess\nsubprocess.run(["hf", "download", "--token", «S»])'),
    Shape("A-31 comparison", "p«i» = 1\nsink(p«i» == «S», «S» != p«i»)"),
    Shape("A-31 compare_digest", 'import hmac\nsink(hmac.compare_digest(b"x", «S».encode()))', binary=False),
    Shape("A-32 case", "match sink(1):\n    case «S»:\n        sink(2)", whole=True, binary=False, explained=True),
    Shape("A-33 decorator", "import flask\n@flask.route(«S»)\ndef f«i»(): pass"),
    Shape("A-41 super", "class B«i»:\n    def __init__(self, k): sink(k)\nclass C«i»(B«i»):\n"
          "    def __init__(self): super().__init__(k=«S»)\nC«i»()"),
    Shape("A-41 partial", "import functools\nfunctools.partial(sink, k=«S»)()"),
    Shape("A-43 attribute", "import openai\nopenai.api_key = «S»"),
    Shape("A-45 pair", 'import boto3\nboto3.client("s3", aws_secret_access_key=«S»)'),
    Shape("37 path", "from pathlib import PurePosixPath\nsink(PurePosixPath('a') / «S»)", whole=True, binary=False),
    Shape("attribute of the literal", "sink(«S».upper())"),
    Shape("method and index", "sink(«S».split()[0][:9])"),
    Shape("bytes of the literal", "sink(«S».encode('utf-8'))", binary=False),
    Shape("lambda", "sink((lambda: «S»)())"),
    Shape("comprehension", "sink([x for x in [«S»] if x])"),
    Shape("dictionary comprehension", "sink({k: «S» for k in 'ab'})"),
    Shape("conditional", "sink(«S» if sink(1) is None else 2)"),
    Shape("return", "def f«i»():\n    return «S»\nsink(f«i»())"),
    Shape("one-line function", "def f«i»(): return «S»\nsink(f«i»())"),
    Shape("yield", "def f«i»():\n    yield «S»\nsink(list(f«i»()))"),
    Shape("async", "async def f«i»():\n    return «S»\nimport asyncio\nsink(asyncio.iscoroutinefunction(f«i»))"),
    Shape("nested function", "def f«i»():\n\tdef g():\n\t\treturn «S»\n\treturn g\nsink(f«i»()())"),
    Shape("starred", "sink(*[«S»], **{'k': «S»})"),
    Shape("subscript", 'd«i» = {}\nd«i»["k"] = «S»\nsink(d«i»)'),
    Shape("augmented", 't«i» = ""\nt«i» += «S»\nsink(t«i»)', binary=False),
    Shape("joined by semicolons", "a«i» = 1; v«i» = «S»; sink(v«i», a«i»)"),
    Shape("shadowed os", "def f«i»(os):\n    return «S»\nsink(f«i»(1))"),
    Shape("os imported inside", "def f«i»():\n    import os\n    return «S»\nsink(f«i»())"),
    Shape("33 percent template", 'sink("%s {x} «V» %d %%" % ("q", 2))'),
    Shape("34 percent mapping", 'sink("%(a)s «V»" % {"a": 1})'),
    Shape("35 format template", 'sink("{} «V» {a!r:>4} {{b}}".format(1, a=2))'),
    Shape("35 format template, no arguments", 'sink("«V» {{b}}".format())'),
    Shape("A-12 f-string with fields", "y«i» = 3\nsink(f\"{y«i»!r:>{y«i»}} «V» {{z}} {y«i» + 1}\")"),
    Shape("nested f-string", "sink(f\"{'a «V»'} b\")"),
    Shape("f-string in a field's format call", "sink(f\"{str('«V»')!r}\")"),
    Shape("triple-quoted lines", 'sink("""a\n  "«V»" {b}\n\n\'\'\'""")', nested=False),
    Shape("raw lines", "sink(r'''\\d {2}\n«V»\\'''')", nested=False),
    Shape("backslash continuation", 'sink("a \\\n«V» \\x41")', nested=False),
    # The environment.
    Shape("A-3 write", '«E»["«N»"] = «S»\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 only statement", 'if 1:\n    «E»["«N»"] = «S»\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 in try", 'try:\n    «E»["«N»"] = «S»\nexcept KeyError:\n    pass\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 in function", 'def f«i»():\n    "Doc."\n    «E»["«N»"] = «S»\nf«i»()\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 one-line block", 'if 1: «E»["«N»"] = «S»\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 semicolons", 'a«i» = 1; «E»["«N»"] = «S»; sink(«E»["«N»"], a«i»)', binary=False),
    Shape("A-3 chained", 'a«i» = «E»["«N»"] = «S»\nsink(a«i», «E»["«N»"])', binary=False),
    Shape("A-3 chained, first", '«E»["«N»"] = a«i» = «S»\nsink(a«i», «E»["«N»"])', binary=False),
    Shape("A-3 two targets", '«E»["A«i»"], «E»["«N»"] = "x", «S»\nsink(«E»["«N»"], «E»["A«i»"])', binary=False),
    Shape("A-3 update", '«E».update({"«N»": «S»})\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 update, two", '«E».update({"B«i»": "z", "«N»": «S»})\nsink(«E»["«N»"], «E»["B«i»"])', binary=False),
    Shape("A-3 update, keywords", '«E».update(«N»=«S», B«i»="z")\nsink(«E»["«N»"], «E»["B«i»"])', binary=False),
    Shape("A-3 setitem", '«E».__setitem__("«N»", «S»)\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 commented", '# The key:\n«E»["«N»"] = «S»  # mine\nsink(«E»["«N»"])', binary=False),
    Shape("A-3 else", 'if 0:\n    pass\nelse:\n    «E»["«N»"] = «S»\nsink(«E»["«N»"])', binary=False),
    Shape("A-5 setdefault", '«E».setdefault("«N»", «S»)\nsink(«E»["«N»"])', binary=False),
    Shape("A-5 setdefault, used", 'sink(«E».setdefault("«N»", «S»))', binary=False),
    Shape("A-6 default", 'sink(«G»("«N»", «S»))', binary=False),
    Shape("A-6 default, stripped", 'sink(«G»("«N»", «S»).strip())', binary=False),
    Shape("A-6 default, used as text", 'v«i» = «G»("«N»", «S»)\nsink("Bearer " + v«i», v«i».upper())', binary=False),
    Shape("A-6 get", 'sink(«E».get("«N»", «S»))', binary=False),
    Shape("A-6 in an f-string", "sink(f\"a {«E».get('«N»', '«V»')}\")", binary=False),
    Shape("A-7 or", 'sink(«G»("«N»") or «S»)', binary=False),
    Shape("A-7 or, as text", 'sink((«G»("«N»") or «S»).strip())', binary=False),
    Shape("A-7 fallback", "t«i» = None\nsink(t«i» or «S»)"),
    Shape("A-7 conditional", "t«i» = None\nsink(t«i» if t«i» else «S»)"),
    Shape("A-7 in", 'sink(«E»["«N»"] if "«N»" in «E» else «S»)', binary=False),
    Shape("A-8 name", "named(«G»(«S»))", whole=True, binary=False),
    Shape("10 before load_dotenv", "v«i» = «S»\nfrom dotenv import load_dotenv\nload_dotenv()\nsink(v«i»)",
          alone=True, nested=False),
    Shape("10 after load_dotenv", "from dotenv import load_dotenv\nload_dotenv()\nv«i» = «S»\nsink(v«i»)",
          alone=True, nested=False),
    Shape("10 used before load_dotenv", "v«i» = «S»\nsink(v«i»)\nimport dotenv\ndotenv.load_dotenv()",
          alone=True, nested=False, explained=True),
    # Defaults.
    Shape("A-16 parameter", "def f«i»(a, t=«S»):\n    return t\nsink(f«i»(1), f«i»(1, 'x'))"),
    Shape("A-16 annotated, documented",
          'def f«i»(t: str = «S»):\n    """Doc.\n\n    More."""\n    return t\nsink(f«i»())'),
    Shape("A-16 keyword only", "def f«i»(*, t=«S», u=2):\n    # first\n    return t, u\nsink(f«i»())"),
    Shape("A-16 method", "class C«i»:\n    def __init__(self, t=«S»):\n        self.t = t\nsink(C«i»().t)"),
    Shape("A-16 one line", "def f«i»(t=«S»): return t\nsink(f«i»())"),
    Shape("A-16 lambda", "sink((lambda t=«S»: t)())"),
    Shape("A-17 class", "class C«i»:\n    t = «S»\nsink(C«i».t)"),
    Shape("A-17 NamedTuple", "import typing\nclass C«i»(typing.NamedTuple):\n    t: str = «S»\nsink(C«i»().t)"),
    Shape("A-17 Enum", "import enum\nclass C«i»(enum.Enum):\n    T = «S»\nsink(C«i».T.value)"),
    Shape("A-18 dataclass", "from dataclasses import dataclass\n"
          "@dataclass\nclass C«i»:\n    t: str = «S»\nsink(C«i»().t)"),
    Shape("A-18 frozen", "import dataclasses as dc\n@dc.dataclass(frozen=True)\nclass C«i»:\n    t: str = «S»\n"
          "    u: int = 1\nsink(C«i»().t, C«i»().u)"),
    Shape("A-18 field", "from dataclasses import dataclass, field\n@dataclass\nclass C«i»:\n"
          "    t: str = field(default=«S»)\nsink(C«i»().t)"),
    Shape("A-19 settings", "from pydantic_settings import BaseSettings\nclass C«i»(BaseSettings):\n"
          "    «N»: str = «S»\nsink(C«i»().«N»)", binary=False),
    Shape("A-19 model", "from pydantic import BaseModel\nclass C«i»(BaseModel):\n    key: str = «S»\nsink(C«i»().key)",
          binary=False),
    Shape("A-20 argparse", "import argparse\np«i» = argparse.ArgumentParser()\n"
          "p«i».add_argument('--t', default=«S»)\nsink(p«i».parse_args([]).t)", binary=False),
    Shape("A-21 click", "import click\n@click.option('--t', default=«S»)\ndef f«i»(t): pass", binary=False),
    Shape("A-37 st.secrets", 'import streamlit as st\nsink(st.secrets.get("«N»", «S»))', binary=False),
    # What people see.
    Shape("A-2 comment", "# login(token='«V»') {x}"),
    Shape("A-2 comment behind code", "sink(1)  # was «V» once"),
    Shape("A-29 docstring", 'def f«i»():\n    """Use «V» {here}."""\n    sink(2)\nf«i»()'),
    Shape("A-30 print", "print('key', «S»)"),
    Shape("A-30 log", "import logging\nlogging.getLogger('x')\nlogger.info('with %s ' + «S», 1)", binary=False),
    Shape("A-30 raise", "try:\n    raise ValueError('bad', «S»)\nexcept ValueError as error:\n    shown(error.args)"),
    Shape("A-30 assert", "assert 1, «S»"),
    Shape("A-38 gradio", "import gradio as gr\ngr.Textbox(value=«S», type='password')", binary=False),
    Shape("A-38 gradio state", "import gradio\ngradio.State(«S»)", binary=False),
    Shape("A-38 gradio examples", "import gradio as gr\ngr.Interface(1, examples=[[«S»]])", binary=False),
    Shape("A-38 streamlit", "import streamlit as st\nst.text_input('Key', value=«S»)", binary=False),
    Shape("A-28 program in a string", 'sink(2, exec("""\nimport sinks\nsinks.sink("«V»", {})\n"""))', nested=False),
    Shape("A-28 page in a string", 'sink("<script>const t = \'«V»\'</script>")', explained=True),
    Shape("A-34 service account", 'sink({"type": "service_account", "private_key": "«V»", "x": 1})'),
    Shape("A-26 database", 'sink("postgresql://me:«V»@db.test:5432/app")'),
    Shape("13 URL, part of a message", 'print("at postgresql://me:«V»@db.test:5432/app")'),
    Shape("13 URL, read with a default",
          'sink(«G»("DATABASE_URL", "postgresql://me:«V»@db.test:5432/app"))', alone=True),
    Shape("13 URL, in an f-string", "h«i» = 'db'\nsink(f\"postgresql://me:«V»@{h«i»}/x\")"),
    Shape("26 half typed", "# pass\nx«i» = openai.OpenAI(api_key='«V»'", alone=True, nested=False, explained=True),
)  # fmt: skip

DOCKERFILE = (
    Shape("B-1 ENV", "ENV «N»=«V»"),
    Shape("B-1 ENV, several", "ENV A«i»=1 «N»=«V» B«i»=2"),
    Shape("B-1 ENV, continued", 'ENV A«i»=1 \\\n    «N»="«V»" \\\n    B«i»=2'),
    Shape("B-1 ENV, old form", "ENV «N» «V»"),
    Shape("B-1 ENV, text around", 'ENV «N»="Bearer «V»"'),
    Shape("B-2 ARG", "ARG «N»=«V»"),
    Shape("B-3 login", "RUN pip install x && huggingface-cli login --token «V»"),
    Shape("B-4 curl", "RUN curl -H 'Authorization: Bearer «V»' https://h.test -o x"),
    Shape(
        "B-4 wget, continued", 'RUN apt-get update && \\\n    wget --header="Authorization: Bearer «V»" https://h.test'
    ),
    # unspill: ignore[url-basic-auth] a hole for a value
    Shape("B-5 clone", "RUN git clone https://user:«V»@huggingface.co/o/r"),
    Shape("B-6 pip", "RUN pip install git+https://«V»@github.com/o/r"),
    Shape("B-9 heredoc", "RUN cat <<EOF > /root/.netrc\npassword «V»\nEOF", explained=True),
    Shape("B-9 echo", 'RUN echo "«N»=«V»" > .env', explained=True),
    Shape("B-10 LABEL", 'LABEL key="«V»"'),
    Shape("B-10 comment", "# was «V»"),
    Shape("B-8 CMD", 'CMD ["python", "app.py", "--token", "«V»"]', alone=True),
    Shape("B-8 CMD, shell form", "CMD python app.py --token «V»", alone=True),
)
COMPOSE = (
    Shape("B-12 list", "      - «N»=«V»"),
    Shape("13 URL, compose", "      - DATABASE_URL=postgresql://me:«V»@db.test:5432/app"),
    Shape("B-12 list, quoted", '      - "«N»=«V»"  # mine'),
)
SHELL = (
    Shape("B-13 export", "export «N»=«V»"),
    Shape("B-13 export, quoted", 'export A«i»=1 «N»="«V»"'),
    Shape("B-13 assignment", "«N»='«V»'"),
    Shape("13 URL, exported", "export DATABASE_URL=postgresql://me:«V»@db.test:5432/app"),
    Shape("13 URL, argument", "psql 'postgresql://me:«V»@db.test:5432/app'"),
    Shape("C-1 prefix", "«N»=«V» python app.py"),
    Shape("C-2 login", "huggingface-cli login --token «V»"),
    Shape("C-3 curl, single quotes", "curl -H 'Authorization: Bearer «V»' \"$URL\""),
    Shape("C-3 curl, dollar", 'curl -d \'{"a": "$x", "k": "«V»"}\' https://h.test'),
    Shape("C-3 unquoted", "run --token=«V» --x"),
    # unspill: ignore[url-basic-auth] a hole for a value
    Shape("C-4 push", "git push https://user:«V»@huggingface.co/spaces/u/s main"),
    Shape("shell comment", "# hf_old «V»"),
    Shape("shell default", 'x="${«N»:-«V»}"'),
    Shape("here document", "cat <<EOF\nkey: «V»\nEOF"),
    Shape("quoted here document", "cat <<'EOF'\nkey: «V»\nEOF", explained=True),
)
README = (
    Shape("prose", "Use `«V»` {as} the key."),
    Shape("code fence", "```python\nlogin('«V»')\n```"),
    Shape("13 URL, in prose", "Connect to postgresql://me:«V»@db.test:5432/app."),
    Shape("13 URL, export in prose", "    export DATABASE_URL=postgresql://me:«V»@db.test:5432/app"),
    Shape("curl example", "    curl -H 'Authorization: Bearer «V»' https://h.test"),
)
TEXT = (
    Shape("log", "2024-01-01 INFO using «V» (200)"),
    Shape("csv", 'a,"«V»",c'),
)
CONFIG = (
    Shape("config value", "key«i»: «V»", explained=True),
    Shape("config value, quoted", "key«i»: '«V»'  # c", explained=True),
    Shape("config comment", "# key: «V»"),
)
NPMRC = (Shape("C-9 npmrc", "//registry.test/:_authToken=«V»"),)
WORKFLOW = (
    Shape("C-7 env", "      «N»: «V»"),
    Shape("13 URL, workflow", "      DATABASE_URL: postgresql://me:«V»@db.test:5432/app"),
    Shape("C-7 env, quoted", '      «N»: "«V»"'),
)
MAKEFILE = (
    Shape("C-6 variable", "«N» = «V»"),
    # unspill: ignore[url-basic-auth] a hole for a value
    Shape("C-6 other variable", "A«i» := https://u:«V»@h.test"),
    Shape("C-6 recipe", "t«i»:\n\tcurl -H 'Authorization: Bearer «V»' https://h.test"),
)
POWERSHELL = (
    Shape("C-5 PowerShell", '$env:«N»="«V»"'),
    Shape("C-5 PowerShell variable", "$a«i» = '«V»'  # mine"),
    Shape("C-5 PowerShell string", 'curl.exe -H "Authorization: Bearer «V»" "$url"'),
    Shape("C-5 PowerShell, single quotes", "Invoke-RestMethod -Uri 'https://h.test/?a=$1&api_key=«V»'"),
    Shape("C-5 PowerShell word", "hf download --token «V»"),
)
BATCH = (
    Shape("C-5 batch", "set «N»=«V»"),
    Shape("C-5 batch argument", "hf download --token «V»"),
)
NODE = (
    Shape("F Node", 'const a«i» = "«V»";'),
    Shape("13 URL, Node", 'const u«i» = "postgresql://me:«V»@db.test:5432/app";'),
    Shape("F Node, header", "fetch(u, { headers: { Authorization: 'Bearer «V»' } }); // it's /* mine"),
    Shape("F Node, template", "const b«i» = `Bearer «V»`;"),
    Shape("F Node, behind an expression", "const c«i» = u.match(/['\"`]/) ? 1 : '«V»';"),
    Shape("F Node, key", 'const d«i» = { "«V»": 1 };', explained=True),
)
BROWSER = (Shape("F front end", 'const t«i» = "«V»";', explained=True),)
NOTEBOOK = (
    Shape("E-1 code", "v = «S»\nsink(v)", binary=False),
    Shape("E-1 environment", 'import os\nos.environ["«N»"] = «S»', binary=False),
    Shape("E-2 command", "!curl -H 'Authorization: Bearer «V»' https://h.test"),
    Shape("E-3 %env", "%env «N»=«V»"),
    Shape("E-4 bash cell", "%%bash\nexport «N»=«V»\necho é"),
    Shape("E-7 markdown", "Use **«V»** {x}"),
    Shape("E-5 output", "«V»"),
)
NAMED = (
    Shape(
        "14 named by a message",
        "api_key = '«V»'\nif not api_key:\n    raise ValueError('«N» is not set')\nsink(api_key)",
    ),
    Shape("14 named by a comment", '# The value of «N»:\napi_key = "«V»"\nsink(api_key)'),
    Shape("14 named by itself", '«N» = "«V»"\nsink(«N»)'),
    Shape(
        "14 named by a docstring",
        'def f():\n    """Needs «N» to be set."""\n    api_key = "«V»"\n    sink(api_key)\nf()',
    ),
    Shape("14 named where it is read", "import os\nsink(os.getenv('«N»', '«V»'))"),
)
COPIES = (
    Shape("11 copy", "now «V» is it"),
    Shape("11 copy, quoted", "f('«V»')"),
    Shape("11 copy, exported", "export «N»=«V»"),
)
"""Values that nothing but another file tells."""
