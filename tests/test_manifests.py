"""Kubernetes Secrets: every value of one is declared a secret, whatever its name and however it is encoded."""

from __future__ import annotations

import base64
import json
from random import Random

import pytest
from unspill.document import Document
from unspill.scan import Scanner

from tests.samples import sample

RULE = "generic-kubernetes-secret"
VALUE = "w9-Kd_72-hQx.4"


def encoded(text: str) -> str:
    """`text` in base 64."""
    return base64.b64encode(text.encode()).decode()


def found(
    text: str, path: str = "secret.yaml", language: str = "yaml", hyperscan: bool | None = None
) -> list[tuple[str, str]]:
    """(rule, text) of what is found in a manifest."""
    scan = Scanner(hyperscan=hyperscan).scan(Document(text.encode(), path, language))
    return [(one.rule, one.secret.reveal()) for one in scan.findings if one.secret]


HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n"
WRITTEN = {
    "bare": HEAD + "data:\n  config: §\n",
    "in quotes": HEAD + 'data:\n  "config": "§"\n',
    "in single quotes, with a comment": HEAD + "data:\n  config: '§' # of the app\n",
    "as a block": HEAD + "data:\n  .dockercfg: |\n    §\n",
    "folded": HEAD + "data:\n  config: >-\n      §\ntype: Opaque\n",
    "behind comments and blank lines": HEAD + "data:\n\n  # the app's\n  config: §\n",
    "before its kind": "data:\n  config: §\nkind: Secret\napiVersion: v1\n",
    "in small letters": HEAD.replace("Secret", "secret") + "data:\n  config: §\n",
    "with a quoted kind": HEAD.replace("Secret", '"Secret"') + "data:\n  config: §\n",
    "in the second document": "kind: ConfigMap\n---\n" + HEAD + "data:\n  config: §\n",
    "in a list": "kind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    data:\n      config: §\n",
    "with Windows line ends": (HEAD + "data:\n  config: §\n").replace("\n", "\r\n"),
    "in JSON": '{\n  "kind": "Secret",\n  "data": {\n    "config": "§"\n  }\n}\n',
}


@pytest.mark.slow
@pytest.mark.parametrize("hyperscan", [True, False], ids=["Hyperscan", "regex"])
@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_value_of_a_secret_is_found_exactly(text: str, hyperscan: bool) -> None:
    """An entry of a Secret is found to the character, however YAML lets it be written, with either matcher."""
    value = encoded(VALUE)
    assert found(text.replace("§", value), hyperscan=hyperscan) == [(RULE, value)]


SILENT = {
    "a ConfigMap": HEAD.replace("Secret", "ConfigMap") + f"data:\n  config: {encoded(VALUE)}\n",
    "a sealed secret": HEAD.replace("Secret", "SealedSecret") + f"data:\n  config: {encoded(VALUE)}\n",
    "an entry that says who": HEAD + f"data:\n  username: {encoded('maria.keller')}\n",
    "a word with the line end of echo": HEAD + f"data:\n  config: {encoded('demo' + chr(10))}\n",
    "a placeholder": HEAD + f"data:\n  config: {encoded('changeme')}\n",
    "a template": HEAD + "stringData:\n  config: '{{ .Values.config }}'\n",
    "a value that SOPS encrypted": HEAD + "stringData:\n  config: ENC[AES256_GCM,data:Rk5wT0x1==,type:str]\n",
    "a certificate": HEAD + f"data:\n  tls.pem: {encoded('-----BEGIN CERTIFICATE-----')}\n",
    "what stands outside of it": HEAD + f"data:\n  username: {encoded('maria')}\nother:\n  config: {encoded(VALUE)}\n",
    "the next document": HEAD + f"---\nkind: ConfigMap\ndata:\n  config: {encoded(VALUE)}\n",
    "a reference to a Secret": f"spec:\n  ref:\n    kind: Secret\n  data:\n    config: {encoded(VALUE)}\n",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_what_is_no_value_of_a_secret_is_left_alone(text: str) -> None:
    """Entries that open nothing, and data that no Secret declares, are not reported."""
    assert found(text) == []


def test_a_password_is_judged_decoded() -> None:
    """What base 64 makes of a placeholder looks random, and is none the less not reported, telling name or not."""
    assert found(HEAD + f"data:\n  password: {encoded('changeme')}\n") == []
    assert found(HEAD + f"data:\n  password: {encoded(VALUE)}\n") == [(RULE, encoded(VALUE))]


def test_a_login_to_a_registry_is_found() -> None:
    """A Docker configuration in base 64 is a value like any other."""
    value = encoded(json.dumps({"auths": {"registry.test": {"auth": encoded(f"maria:{VALUE}")}}}))
    assert found(HEAD + f"data:\n  .dockerconfigjson: {value}\n") == [(RULE, value)]


def test_a_known_kind_of_secret_keeps_its_name() -> None:
    """A token that a rule knows is reported under that rule, encoded or plain."""
    token = sample("hf_[A-Za-z]{34}", Random(5))
    assert found(HEAD + f"stringData:\n  config: {token}\n") == [("huggingface-user-token", token)]
    assert found(HEAD + f"data:\n  config: {encoded(token)}\n") == [("huggingface-user-token", token)]
