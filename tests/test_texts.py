"""Text for people, in any script and any format, is no secret; a random value among it is."""

from __future__ import annotations

import json
import string
from random import Random

import pytest
from unspill.document import Document
from unspill.judge import paths
from unspill.model import Confidence
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
TEXTS = {
    "forgot_password": ("Lost your password?", "Hai perso la password?", "Zapomněli jste heslo?", "¿Perdió su clave?"),
    "new_password": ("Choose a new password", "Vælg en ny adgangskode", "Új jelszó", "Nytt passord …"),
    "password": ("Password", "Passwort", "Contraseña", "Пароль", "رمز عبور", "סיסמה", "비밀번호", "पासवर्ड", "Κωδικός"),
    "password_hint": (
        "At least 8 characters, one of them a digit",
        "最少8文字",
        "至少 8 个字符",
        "Mindestens 8 Zeichen",
    ),
    "access_token": ("Access token:", "Zugriffstoken", "アクセストークン", "Токен доступа", "액세스 토큰"),
    "secret": ("Show the secret", "Geheimnis anzeigen", "Покажи тайну", "显示密钥", "Gizli anahtar"),
    "api_key": ("Your API key", "Votre clé d’API", "مفتاح واجهة البرمجة", "您的密钥", "Ihr Schlüssel (geheim)"),
    "token_expired": ("Your session's token expired.", "Jetonul a expirat", "โทเค็นหมดอายุ", "Token istekao"),
}
PAIRS = [(name, text) for name, texts in TEXTS.items() for text in texts]
WRITTEN = {
    "locales/xx.json": lambda pairs: json.dumps(dict(pairs), ensure_ascii=False, indent=2),
    "src/texts.json": lambda pairs: json.dumps(dict(pairs), ensure_ascii=True, indent=2),
    "config/locales/xx.yml": lambda pairs: "xx:\n" + "".join(f"  {name}: {text}\n" for name, text in pairs),
    "lib/app_xx.arb": lambda pairs: json.dumps({name.title().replace("_", ""): text for name, text in pairs}),
    "ios/xx.lproj/Localizable.strings": lambda pairs: "".join(f'"{name}" = "{text}";\n' for name, text in pairs),
    "java/messages_xx.properties": lambda pairs: "".join(f"{name.replace('_', '.')}={text}\n" for name, text in pairs),
    "res/values-xx/strings.xml": lambda pairs: "".join(
        f'  <string name="{name}">{text}</string>\n' for name, text in pairs
    ),
    "po/xx.po": lambda pairs: "".join(f'msgid "{name}"\nmsgstr "{text}"\n\n' for name, text in pairs),
    "app/texts.py": lambda pairs: "TEXTS = {\n" + "".join(f'    "{name}": "{text}",\n' for name, text in pairs) + "}\n",
    "app/texts.ts": lambda pairs: "export default {\n" + "".join(f"  {name}: '{text}',\n" for name, text in pairs),
    "app/view.py": lambda pairs: "".join(f'{name} = gr.Textbox(label="{text}")\n' for name, text in pairs),
    "app/form.html": lambda pairs: "".join(
        f'<label for="{name}">{text}</label><input name="{name}" placeholder="{text}">\n' for name, text in pairs
    ),
}


def found(text: str, path: str, confidence: Confidence = Confidence.LOW) -> list[str]:
    """What is found in `text`, at this confidence or above."""
    findings = SCANNER.scan(Document(text.encode(), path)).findings
    return [one.secret.reveal() for one in findings if one.secret is not None and one.confidence >= confidence]


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("upper", [False, True], ids=["lower", "upper"])
def test_text_for_people_is_not_reported(path: str, upper: bool) -> None:
    """Labels, questions and hints stay silent at any confidence, whatever the language and the format."""
    pairs = [(name.upper() if upper else name, text) for name, text in PAIRS]
    assert [pair for pair in pairs if found(WRITTEN[path]([pair]), path)] == []


@pytest.mark.parametrize("path", WRITTEN)
def test_a_random_value_among_texts_is_found(path: str) -> None:
    """A token is found where it is written, even in a file of translations."""
    if path.startswith(("app/view", "app/form", "po/", "res/")):
        pytest.skip("the name is not directly before the value")
    token = "k7" + "".join(Random(path).choices(string.ascii_letters + string.digits, k=30))
    name = "api.key" if path.endswith(".properties") else "api_key"
    assert found(WRITTEN[path]([("password", "Passwort"), (name, token)]), path, Confidence.MEDIUM) == [token]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('"SHOW_ADVICE": "Show password advice"', "a.json"),
        ("advice: Change password today", "a.yaml"),
        ("The password is wrong, the token expired.", "README.md"),
        ("password: Neues Kennwort eingeben", "a.yaml"),
        ("- password: word by which a user is known", "notes.md"),
    ],
)
def test_nothing_is_looked_for_inside_of_a_sentence(text: str, path: str) -> None:
    """The word behind `password` in a sentence is not its value."""
    assert found(text, path) == []


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("locales/de.json", True),
        ("src/i18n/en/common.ts", True),
        ("app/src/main/res/values-pt-rBR/strings.xml", True),
        ("ios/zh-Hans.lproj/Main.strings", True),
        ("messages_fr.properties", True),
        ("po/de.po", True),
        ("app/config.json", False),
        ("helm/values/prod.yaml", False),
        (".github/workflows/ci.yml", False),
        ("settings/strings.py", False),
    ],
)
def test_a_file_of_translations_is_told_by_its_path(path: str, is_one: bool) -> None:
    """Formats, folders and names that only translations have."""
    assert paths.is_translation(path) is is_one
