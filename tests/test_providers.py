"""The requests of rule files: what each table may say, what is refused, and what the shipped ones promise."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from unspill import providers, rules
from unspill.errors import RuleError
from unspill.providers import Proof, ProviderRequest

from tests.cli import ROOT
from tests.test_rules import GOOD, RULES

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.rules import Rule

VERIFY = """
[[provider.verify]]
rules = ["acme-key"]
url = "https://api.acme.test/me"
headers = { Authorization = "Bearer {secret}" }
live = [200, { status = 403, json = { "error.code" = "restricted" } }]
dead = [401]
shows = { account = "user.name", scopes = "@x-scopes" }
broad = ["admin"]
source = "https://acme.test/docs#me"
"""
REVOCATION = """
[[provider.revocation]]
rules = ["acme-key"]
method = "POST"
url = "https://{host}/revoke"
hosts = ["api.acme.test"]
host_env = ["ACME_HOST"]
json = { credentials = ["{secret}"] }
revoked = [204]
accepted = [202]
"""
SIGNED = """
[[provider.verify]]
rules = ["acme-key"]
method = "POST"
url = "https://sts.acme.test/"
auth = ["{acme-key}", "{secret}"]
signer = "aws-sigv4"
form = { Action = "Who" }
live = [{ status = 200, json = { "ok" = true, "errors.0.code" = 7 } }]
"""
ITSELF = """
[[provider.revocation]]
rules = ["acme-key"]
method = "DELETE"
url = "{secret}"
hosts = ["acme.test"]
accepted = [200]
"""


def file_with(folder: Path, *tables: str, provider: str = "") -> str:
    """A rule file with these tables."""
    path = folder / "acme.toml"
    path.write_text(GOOD.replace("[[credential]]", f"{provider}\n{''.join(tables)}\n[[credential]]"), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("table", [VERIFY, REVOCATION, SIGNED, ITSELF])
def test_a_request_is_read_and_packed(tmp_path: Path, table: str) -> None:
    """Every kind of table gives a request, which is the same again after it was packed as the wheel has it."""
    (rule,) = rules.load([file_with(tmp_path, table)])
    made = rule.verify or rule.revocation
    assert made is not None
    assert (rule.verify is None) == ("revocation" in table)
    assert providers.unpacked(json.loads(json.dumps(made))) == made


def test_what_a_request_says(tmp_path: Path) -> None:
    """Method, address, the place of the value and the proofs are those of the table."""
    (rule,) = rules.load([file_with(tmp_path, VERIFY, REVOCATION, provider='overlap = "two"')])
    assert rule.overlap == "two"
    assert rule.verify == ProviderRequest(
        ("acme-key",),
        "GET",
        "https://api.acme.test/me",
        headers=(("Authorization", "Bearer {secret}"),),
        live=(Proof(200), Proof(403, (("error.code", "restricted"),))),
        dead=(Proof(401),),
        source="https://acme.test/docs#me",
        shows=(("account", "user.name"), ("scopes", "@x-scopes")),
        broad=("admin",),
    )
    assert rule.revocation is not None
    assert rule.revocation.json == '{"credentials": ["{secret}"]}'
    assert (rule.revocation.revoked, rule.revocation.accepted) == ((Proof(204),), (Proof(202),))


def test_a_credential_with_its_own_page_inherits_nothing(tmp_path: Path) -> None:
    """Overlap and the page that creates one are the provider's, unless the credential is revoked elsewhere."""
    create = 'create = "https://acme.test/new"\noverlap = "many"'
    (rule,) = rules.load([file_with(tmp_path, provider=create)])
    assert (rule.create, rule.overlap) == ("https://acme.test/new", "many")
    path = tmp_path / "acme.toml"
    path.write_text(path.read_text().replace("not =", 'revoke = "https://acme.test/other"\nnot ='), encoding="utf-8")
    (rule,) = rules.load([str(path)])
    assert (rule.create, rule.overlap) == ("", "")


BAD = [
    (VERIFY, ("[[provider.verify]]", "[provider.verify]"), "provider.verify: must be a list of tables"),
    (VERIFY, ("url =", "adress ="), "provider.verify: adress: unknown key"),
    (VERIFY, ('url = "https://api.acme.test/me"\n', ""), "provider.verify: url: missing"),
    (VERIFY, ("https://api", "http://api"), "provider.verify: url: must be an https URL"),
    (VERIFY, ("https://api", "https://me:x@api"), "provider.verify: url: must be an https URL"),
    (VERIFY, ("api.acme.test", "{acme-key}"), "provider.verify: url: must be an https URL"),
    (VERIFY, ("api.acme.test", "{host}"), "provider.verify: url: use {host} with hosts or host_env"),
    (VERIFY, ("rules = [", 'hosts = ["a.test"]\nrules = ['), "provider.verify: url: use {host} with hosts"),
    (VERIFY, ('"acme-key"', '"acme-kye"'), "provider.verify: rules: 'acme-kye' is not a rule of this file"),
    (VERIFY, ('["acme-key"]', "[]"), "provider.verify: rules: write the ids"),
    (VERIFY, ("rules = [", 'method = "PUT"\nrules = ['), "provider.verify: method: is 'PUT', must be one of"),
    (VERIFY, ("Bearer {secret}", "Bearer {acme}"), "provider.verify: url: unknown placeholder {acme}"),
    (VERIFY, ("Bearer {secret}", "Bearer"), "provider.verify: url: {secret} is nowhere"),
    (VERIFY, ("Bearer {secret}", "{secret}\\nx: y"), "provider.verify: headers: write names"),
    (VERIFY, ("Authorization", '"x y"'), "provider.verify: headers: write names"),
    (VERIFY, ("dead = [401]", "dead = [500]"), "provider.verify: dead: 500 is not a status that proves"),
    (VERIFY, ("dead = [401]", "dead = [true]"), "provider.verify: dead: True is not a status"),
    (VERIFY, ("dead = [401]", "dead = 401"), "provider.verify: dead: must be a list"),
    (VERIFY, ("dead = [401]", "dead = [200]"), "provider.verify: dead: 200 is in live as well"),
    (VERIFY, ("dead = [401]", "dead = [{ status = 401, body = 1 }]"), "provider.verify: dead: a table has a status"),
    (VERIFY, ('"error.code"', '"error..code"'), "provider.verify: live: 'error..code': write a path"),
    (VERIFY, ('"restricted"', "1.5"), "provider.verify: live: 'error.code': write a path"),
    (VERIFY, ("dead = [401]", "revoked = [401]"), "provider.verify: revoked: unknown key"),
    (VERIFY, ("https://acme.test/docs#me", "acme"), "provider.verify: source: must be the https URL of a page"),
    (VERIFY, ('"user.name"', '"user name"'), "provider.verify: shows: write account, role, scopes, expires, each with"),
    (VERIFY, ("account =", "owner ="), "provider.verify: shows: write account, role, scopes, expires, each with"),
    (VERIFY, ('["admin"]', '["\\u0000"]'), "provider.verify: broad: '\\x00' is not a role or a scope"),
    (REVOCATION, ("api.acme.test", "https://acme.test"), "provider.revocation: hosts: 'https://acme.test' is not"),
    (REVOCATION, ("ACME_HOST", "ACME-HOST"), "provider.revocation: host_env: 'ACME-HOST' is not the name"),
    (REVOCATION, ('["{secret}"]', "2026-11-30"), "provider.revocation: json: has a date"),
    (REVOCATION, ('["{secret}"]', "nan"), "provider.revocation: json: has a date, a time or a number"),
    (REVOCATION, ("revoked = [204]\naccepted = [202]\n", ""), "provider.revocation: revoked: missing"),
    (SIGNED, ("aws-sigv4", "aws"), "provider.verify: signer: is 'aws', must be one of aws-sigv4"),
    (SIGNED, ('"{acme-key}", ', ""), "provider.verify: auth: write two texts"),
    (SIGNED, ('auth = ["{acme-key}", "{secret}"]\n', ""), "provider.verify: auth: missing"),
    (ITSELF, ('hosts = ["acme.test"]\n', ""), "provider.revocation: hosts: missing"),
]


@pytest.mark.parametrize(("table", "change", "reason"), BAD)
def test_a_bad_table_is_refused_with_its_reason(
    tmp_path: Path, table: str, change: tuple[str, str], reason: str
) -> None:
    """The error is one line that names the file, the table, the key and the reason."""
    assert change[0] in table
    path = file_with(tmp_path, table.replace(*change, 1))
    with pytest.raises(RuleError) as caught:
        rules.load([path])
    assert str(caught.value).startswith(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_rule_has_one_request_of_a_kind(tmp_path: Path) -> None:
    """Two tables for the same rule are refused."""
    with pytest.raises(RuleError, match=r"provider\.verify: rules: 'acme-key' is in two tables"):
        rules.load([file_with(tmp_path, VERIFY, SIGNED)])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('overlap = "three"', "overlap: is 'three', must be one of many, two, one, family"),
        ('create = "acme"', "create: must be the https URL of a page"),
    ],
)
def test_bad_keys_of_provider_and_credential(tmp_path: Path, line: str, reason: str) -> None:
    """Both tables refuse what cannot be a class or a page."""
    with pytest.raises(RuleError) as caught:
        rules.load([file_with(tmp_path, provider=line)])
    assert reason in str(caught.value)
    path = tmp_path / "acme.toml"
    path.write_text(GOOD + line, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        rules.load([str(path)])
    assert f"credential acme-key: {reason}" in str(caught.value)


def test_the_shipped_requests_go_to_their_own_providers() -> None:
    """Each host is named in one file only, a public value is asked about nowhere, and no answer is both."""
    owners: dict[str, str] = {}
    for rule in RULES:
        for request in filter(None, (rule.verify, rule.revocation)):
            host = urlsplit(request.url).hostname
            hosts = request.hosts if host in (None, "{host}") else (host,)
            for one in hosts:
                assert owners.setdefault(str(one), rule.provider) == rule.provider
            assert not rule.public, rule.id
            assert not set(request.live) & set(request.dead), rule.id


def test_what_dies_by_nothing_but_itself() -> None:
    """The providers whose credentials can be revoked without another one are those that document it."""
    assert {rule.provider for rule in RULES if rule.revocation} == {
        "Discord",
        "GitHub",
        "GitLab",
        "Hugging Face",
        "Perplexity",
        "Slack",
    }
    (github,) = {rule.revocation for rule in RULES if rule.provider == "GitHub" and rule.revocation}
    assert github is not None
    assert not any(name == "Authorization" for name, _ in github.headers)
    assert "github-app-installation-token" not in github.rules


def test_what_no_page_documents_is_known() -> None:
    """These requests are part of the plan, and never sent; all others name their page."""
    unsent = {(rule.provider, kind) for rule in RULES for kind in ("verify", "revocation") if unnamed(rule, kind)}
    assert unsent == {
        ("ElevenLabs", "verify"),
        ("LangChain", "verify"),
        ("Perplexity", "verify"),
        ("Weights & Biases", "verify"),
    }


def unnamed(rule: Rule, kind: str) -> bool:
    """Whether a rule has a request that names no page."""
    request: ProviderRequest | None = getattr(rule, kind)
    return request is not None and not request.source


def test_a_refusal_for_other_reasons_proves_nothing_dead() -> None:
    """No shipped request takes a bare 403, 404 or 429 for the end of a credential."""
    for rule in RULES:
        for proof in (*rule.verify.live, *rule.verify.dead) if rule.verify else ():
            assert proof.json or proof.status in (200, 401), (rule.id, proof)


def test_contributing_describes_every_key(tmp_path: Path) -> None:
    """The tables of CONTRIBUTING list all keys, and its example is a rule file that loads."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## A rule")[1].split("\n## ")[0]
    described = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"(?m)^\| (`.+?) \|", section))))
    assert described == {*rules.KEYS, *providers.KEYS, *(key for kind in providers.PROOFS.values() for key in kind)}
    ((rule,), (diff,)) = (re.findall(rf"```{kind}\n(.+?)```", section, re.DOTALL) for kind in ("toml", "diff"))
    requests = "\n".join(line[1:] for line in diff.splitlines() if line.startswith("+"))
    path = tmp_path / "acme.toml"
    path.write_text(rule.replace("[[credential]]", f"{requests}\n[[credential]]"), encoding="utf-8")
    (loaded,) = rules.load([str(path)])
    assert loaded.verify is not None
    assert loaded.revocation is not None
