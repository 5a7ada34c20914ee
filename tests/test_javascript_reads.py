"""Which names JavaScript and TypeScript read and write, and what they do without them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import languages, rules
from unspill.languages.javascript.uses import CLIENTS
from unspill.model import Default, EnvUses

from tests.helpers import document_of


def uses(source: str, path: str = "a.tsx", language: str = "javascript") -> EnvUses:
    """What a file with this text reads and writes."""
    return languages.env_uses(document_of(source + "\n", path, language))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("process.env.A; process.env['B']; process.env[`C`]; process?.env?.D", "ABCD"),
        ("const { A, B: b, C = 'x', ...rest } = process.env", "ABC"),
        ("const env = process.env; env.A; env['B']", "AB"),
        ("const { env } = process; env.A", "A"),
        ("import { env } from 'node:process'; env.A", "A"),
        ("const env = loadEnv(mode, '.', ''); env.A", "A"),
        ("import { A } from '$env/static/private'; import { env } from '$env/dynamic/private'; env.B", "AB"),
        ("import.meta.env.A; import.meta.env.DEV; Bun.env.B; Deno.env.get('C')", "ABC"),
        ("'A' in process.env; process.env.B!; (process.env as any).C", "ABC"),
        ("const N = 'A'; process.env[N]", "A"),
        ("for (const k of ['A', 'B']) process.env[k]; for (const k of ['C']) console.log(k)", "AB"),
        ("const N = ['A', 'B'] as const; N.filter((k) => !process.env[k])", "AB"),
        ("function need(name: string) { return process.env[name] }\nneed('A')", "A"),
        ("const need = (name) => process.env[name]\nneed('A')", "A"),
        ("const e = <div title={process.env.A}>{process.env.B}</div>", "AB"),
        ("delete process.env.A; process.env.B = 'x'; // process.env.C\nconst s = 'process.env.D'", ""),
    ],
)
def test_every_way_to_read_a_name_is_found(source: str, names: str) -> None:
    """Members, destructuring, aliases, loops and helpers; no comment, no text, no deletion."""
    assert [use.name for use in uses(source).reads] == list(names)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("createEnv({ server: { A_KEY: z.string() }, client: { B_URL: z.string() }, runtimeEnv: process.env })", 2),
        ("cleanEnv(process.env, { A_KEY: str(), B_URL: url({ default: 'x' }) })", 2),
        ("const env = z.object({ A_KEY: z.string(), B_URL: z.string().optional() }).parse(process.env)", 2),
        ("const body = z.object({ A_KEY: z.string() }).parse(request.body)", 0),
        ("this.configService.get<string>('A_KEY'); configService.getOrThrow('B_URL'); config.get('name')", 2),
    ],
)
def test_schemas_and_services_read_names(source: str, names: int) -> None:
    """The keys of t3-env, envalid and zod, as far as they are parsed from the environment."""
    assert [use.name for use in uses(source + "\nprocess.env;").reads] == ["A_KEY", "B_URL"][:names]


@pytest.mark.parametrize(
    ("source", "default"),
    [
        ("f(process.env.A)", Default.NONE),
        ("const a = process.env.A!", Default.NONE),
        ("process.env.A || 'some words'", Default.TEXT),
        ("Number(process.env.A ?? 7860)", Default.SETTING),
        ("process.env.A ? 1 : 2", Default.EMPTY),
        ("if (process.env.A) { throw x }", Default.EMPTY),
        ("if (process.env.B && process.env.A) { return Response.json(1) }", Default.EMPTY),
        ("if (!process.env.A) throw new Error()", Default.NONE),
        ("if (process.env.A === undefined) { process.exit(1) }", Default.NONE),
        ("const a = process.env.A; if (!a) { throw x }", Default.NONE),
        ("const a = process.env.A; if (a) { use(a) }", Default.EMPTY),
        ("const a = process.env.A; const b = process.env.B; const c = a || b", Default.EMPTY),
        ("const { A = 'x' } = process.env", Default.TEXT),
        ("process.env.A === 'production'", Default.EMPTY),
    ],
)
def test_what_the_code_does_without_a_name(source: str, default: Default) -> None:
    """A fallback, a test, or a test of the variable: the program goes on, unless it ends there."""
    assert [use.default for use in uses(source).reads if use.name == "A"] == [default]


def test_of_several_names_any_does() -> None:
    """The first needs one of the others in its place; those need none."""
    first, second = uses("process.env.A ?? process.env.B").reads
    assert (first.default, first.instead, second.default) == (Default.NONE, ("B",), Default.EMPTY)


@pytest.mark.parametrize(("path", "source"), [("a.ts", "<string>process.env.A"), ("a.js", "x = process.env.A")])
def test_types_are_parsed_where_files_have_them(path: str, source: str) -> None:
    """A cast of TypeScript would be an element of TSX."""
    assert [use.name for use in uses(source, path).reads] == ["A"]


def test_components_have_scripts() -> None:
    """Vue and Svelte: the place of a name is that in the whole file."""
    document = document_of("<p>é</p>\n<script lang='ts'>\nimport.meta.env.VITE_A\n</script>\n", "a.vue", "html")
    (use,) = languages.env_uses(document).reads
    assert document.text(use.span) == use.name == "VITE_A"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import OpenAI from 'openai'; new OpenAI()", ["OPENAI_API_KEY"]),
        ("import OpenAI from 'openai'; new OpenAI({ apiKey: key }); new OpenAI(options)", []),
        ("import { openai as ai } from '@ai-sdk/openai'; ai('gpt-4o')", ["OPENAI_API_KEY"]),
        ("new OpenAI()", []),
    ],
)
def test_a_client_without_its_secret_reads_it_itself(source: str, names: list[str]) -> None:
    """Known by the import, and only where the code gives it nothing."""
    assert [use.name for use in uses(source).implicit] == names


def test_what_clients_read_is_what_the_rules_say() -> None:
    """Each name is one that a rule knows its provider's SDK to read."""
    assert set(CLIENTS.values()) <= {name for rule in rules.load(rules.shipped()) for name in rule.env}


def test_the_whole_environment_may_have_any_name() -> None:
    """And a name that is made has its known ends."""
    assert uses("Object.keys(process.env)").patterns[0].may_be("ANY")
    assert uses("process.env[`${p}_KEY`]").patterns[0].may_be("A_KEY")
    assert not uses("process.env[`${p}_KEY`]").patterns[0].may_be("A_TOKEN")


@given(st.text(alphabet="ab'`\"()[]{}=:., \n$<>/pocesnv", max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """Half-typed code is read as far as it can be."""
    assert isinstance(uses("process.env.A;" + text), EnvUses)
