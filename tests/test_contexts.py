"""Where values stand with their names: each kind of context in the languages and formats that have it."""

from __future__ import annotations

import base64
import json
import string
import sys
from random import Random

import pytest
from unspill.document import Document
from unspill.engine import contexts
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
RANDOM = Random(31)


def _random(alphabet: str, length: int) -> str:
    while True:
        text = "".join(RANDOM.choices(alphabet, k=length))
        if all(any(map(kind, text[:10])) for kind in (str.isdigit, str.isupper, str.islower)):
            return text


KEY = _random(string.ascii_letters + string.digits, 36)
PASSWORD = "vq!" + _random(string.ascii_letters + string.digits, 11) + "#t"
HF = "hf_" + "".join(RANDOM.choices(string.ascii_letters, k=34))
BASIC = base64.b64encode(f"svc:{PASSWORD}".encode()).decode()
CURVE = _random(string.ascii_letters + string.digits, 43)
SEED = "".join(RANDOM.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=28)) + "2345"


def _found(path: str, text: str, scanner: Scanner = SCANNER) -> list[str]:
    """The values that are found in a text with `{key}` and `{password}` filled in, of any confidence."""
    filled = text.replace("{key}", KEY).replace("{password}", PASSWORD)
    findings = scanner.scan(Document(filled.encode(), path)).findings
    return [finding.secret.reveal() for finding in findings if finding.secret is not None]


TYPES_AND_OPERATORS = [
    ("a.rs", 'const API_KEY: &str = "{key}";'),
    ("a.rs", 'static API_KEY: &\'static str = "{key}";'),
    ("a.rs", 'let api_key: Option<String> = Some(String::from("{key}"));'),
    ("a.vb", 'Const ApiKey As String = "{key}"'),
    ("a.cpp", 'std::string apiKey{"{key}"};'),
    ("a.cpp", 'static const char password[] = "{password}";'),
    ("a.config", '{api_key, "{key}"}.'),
    ("a.erl", 'Options = [{password, <<"{password}">>}].'),
    ("a.adb", 'Api_Key : constant String := "{key}";'),
    ("a.ts", "class A { apiKey?: string | null = '{key}'; }"),
    ("a.py", 'api_key: Optional[Dict[str, str]] = "{key}"'),
    ("a.py", 'api_key: str = Field(default="{key}")'),
    ("a.py", 'API_KEY = """{key}"""'),
    ("a.go", 'token := "{key}"'),
    ("a.kt", 'val token = System.getenv("SVC") ?: "{key}"'),
    ("a.php", "$token = getenv('SVC') ?: '{key}';"),
    ("a.pl", 'my $key = $ENV{API_KEY} // "{key}";'),
    ("a.ts", 'const apiKey = import.meta.env.VITE_KEY ?? "{key}";'),
    ("a.py", 'token = os.environ.get("SVC") or "{key}"'),
    ("a.py", 'token = os.environ.get("SVC", "{key}")'),
    ("a.r", 'api_key <- "{key}"'),
    ("a.rs", 'env::var("API_KEY").unwrap_or("{key}".to_string())'),
    ("a.dart", "const apiKey = String.fromEnvironment('K', defaultValue: '{key}');"),
    ("a.py", 'api_key = given if given else "{key}"'),
    ("a.js", 'const token = given ? given : "{key}"'),
    ("a.py", 'headers = {"Authorization": "Bearer " + "{key}"}'),
    ("a.kt", 'mapOf("apiKey" to "{key}")'),
    ("a.zig", 'const api_key: []const u8 = "{key}";'),
    ("a.rst", "API key: ``{key}``"),
    ("a.xml", "<password><![CDATA[{password}]]></password>"),
    ("a.sql", "CREATE LOGIN a WITH PASSWORD = N'{password}';"),
    ("a.sh", 'gh secret set API_KEY --body "{key}"'),
    ("a.ps1", '$password = ConvertTo-SecureString "{password}" -AsPlainText -Force'),
    ("a.gradle", 'buildConfigField "String", "API_KEY", "\\"{key}\\""'),
    ("a.js", "new DefinePlugin({ 'process.env.API_KEY': '\"{key}\"' })"),
]
CALLS = [
    ("a.js", "request.setHeader('X-Api-Key', '{key}');"),
    ("a.js", "request.setHeader(\n  'X-Api-Key',\n  '{key}',\n);"),
    ("a.java", 'System.setProperty("acme.api.key", "{key}");'),
    ("a.php", "define('API_KEY', '{key}');"),
    ("a.rb", 'token = ENV.fetch("ACME_TOKEN", "{key}")'),
    ("a.go", 'req.SetBasicAuth("svc", "{password}")'),
    ("a.py", 'requests.get(url, auth=("svc", "{password}"))'),
    ("a.cs", 'client.Credentials = new NetworkCredential("svc", "{password}");'),
    ("a.py", 'client = AcmeClient("{key}")'),
    ("A.java", 'DriverManager.getConnection(url, "svc", "{password}");'),
    ("a.php", "new PDO('mysql:host=db', 'svc', '{password}');"),
    ("a.rs", 'client.get(url).basic_auth("svc", Some("{password}"))'),
    ("a.js", "jwt.sign({ id: 1 }, '{key}', { expiresIn: '1h' })"),
    ("a.py", 'jwt.decode(token, "{key}", algorithms=["HS256"])'),
    ("a.go", 'flag.StringVar(&token, "token", "{key}", "the token")'),
    ("a.swift", 'request.setValue("{key}", forHTTPHeaderField: "X-Api-Key")'),
    (".pgpass", "db.acme.org:5432:app:svc:{password}\n"),
]
WALLET = "0x" + "".join(RANDOM.choices("0123456789abcdef", k=64))
NEXT_LINES = [
    ("a.py", 'API_KEY = (\n    "{key}"\n)\n'),
    ("a.js", 'const apiKey =\n  "{key}";\n'),
    ("a.js", 'const apiKey = process.env.API_KEY ||\n  "{key}";\n'),
    ("A.java", 'private static final String API_KEY\n        = "{key}";\n'),
    ("a.txt", "API key:\n{key}\n"),
    ("a.md", "**API key:**\n\n    {key}\n"),
    ("a.yaml", "api_key: >-\n  {key}\n"),
]
COMPARISONS = [
    ("a.py", 'if "{password}" == data["password"]:\n    pass\n'),
    ("a.js", "if ('{password}' === req.body.password) {}"),
    ("A.java", 'if ("{password}".equals(password)) {}'),
]
LISTS = [
    ("a.py", 'API_KEYS = ["{key}"]'),
    ("a.py", 'API_KEYS = [\n    "{key}",  # of the service\n]\n'),
    ("a.py", 'API_KEYS = {"svc": "{key}"}'),
    ("a.go", 'var apiKeys = []string{"{key}"}'),
    ("A.java", 'List<String> tokens = List.of("{key}");'),
    ("a.cs", 'var tokens = new[] { "{key}" };'),
    ("a.json", '{"tokens": ["{key}"]}'),
    ("a.json", '{"tokens": {\n  "svc": "{key}"\n}}'),
    ("a.yaml", "tokens:\n  - {key}\n"),
    ("a.yaml", "passwords:\n- '{password}'  # of the service\n"),
    ("a.toml", 'api_keys = ["{key}"]'),
]
ARGUMENTS = [
    ("mcp.json", '{"mcpServers": {"a": {"command": "npx", "args": ["-y", "acme", "--api-key", "{key}"]}}}'),
    ("mcp.json", '{"args": [\n  "--api-key",\n  "{key}"\n]}'),
    (".codex/config.toml", 'args = ["--token", "{key}"]'),
    ("compose.yaml", "command:\n  - --api-key\n  - {key}\n"),
    ("pod.yaml", 'args:\n  - "--password"\n  - "{password}"\n'),
    ("Dockerfile", 'CMD ["acme", "--token", "{key}"]'),
    ("a.py", 'subprocess.run(["acme", "--token", "{key}"])'),
    ("a.py", 'parser.add_argument("--api-key", type=str, default="{key}", help="of the service")'),
    ("a.py", '@click.option("--token", default="{key}")'),
]
PAIRS = [
    ("a.json", '{"name": "API_KEY", "value": "{key}"}'),
    ("a.json", '{"name": "API_KEY", "secure": true, "value": "{key}"}'),
    ("a.json", '{\n  "value": "{key}",\n  "key": "api_key"\n}'),
    ("a.har", '{"headers": [{"name": "x-api-key", "value": "{key}"}]}'),
    ("a.tfstate", '{"db_password": {\n  "sensitive": true,\n  "type": "string",\n  "value": "{password}"\n}}'),
    ("a.tf", 'variable "api_key" {\n  type    = string\n  default = "{key}"\n}\n'),
    ("pod.yaml", "env:\n  - name: DB_PASSWORD\n    value: {password}\n"),
    ("pod.yaml", "env:\n  - value: {password}\n    name: DB_PASSWORD\n"),
    ("a.yaml", "parameters:\n  api_key:\n    type: string\n    default: {key}\n"),
    ("Info.plist", "<key>AcmeApiKey</key>\n<string>{key}</string>"),
    ("a.xml", "<property>\n  <name>db.password</name>\n  <value>{password}</value>\n</property>"),
    ("a.xml", '<setting name="ApiKey" serializeAs="String">\n  <value>{key}</value>\n</setting>'),
    ("a.xml", '<add value="{key}" key="ApiKey" />'),
    ("a.html", "<dt>Password</dt><dd>{password}</dd>"),
]
TABLES = [
    ("a.py", 'user, password = "svc", "{password}"'),
    ("a.py", 'user, db_pw = "svc", "{password}"'),
    ("a.go", 'password, user := "{password}", "svc"'),
    ("a.js", "const [user, password] = ['svc', '{password}'];"),
    ("a.sql", "INSERT INTO users (name, password) VALUES ('svc', '{password}');"),
    ("a.sql", "insert into `users` (`id`, `api_key`)\nvalues (1, '{key}'), (2, NULL);"),
    ("a.sql", "COPY public.users (id, email, api_key) FROM stdin;\n1\ta@acme.org\t{key}\n2\t\\N\t\\N\n\\.\n"),
    ("a.sql", "CREATE TABLE users(id integer primary key, api_key text);\nINSERT INTO users VALUES(1,'{key}');"),
    (
        "a.sql",
        (
            "create table `u` (\n  `id` int(11) default '1,(',\n  `api_key` text,\n  PRIMARY KEY (`id`)\n);\n"
            "insert into `u` values (1,'{key}');"
        ),
    ),
    ("a.csv", "name,password\nsvc,{password}\n"),
    ("a.csv", '"id";"api_key"\n"1";"{key}"\n'),
    ("a.tsv", "id\tapi_key\n1\t{key}\n"),
    ("a.md", "| Name | API key |\n|------|---------|\n| svc | `{key}` |\n"),
    ("a.md", "| Variable | Value |\n|---|---|\n| API_KEY | {key} |\n"),
    ("a.md", "| API_KEY | the key | {key} |\n"),
]
PROSE = [
    ("a.txt", "Token - {key}"),
    ("a.txt", "Token – {key}"),
    ("a.md", "The API key is `{key}`."),
    ("a.md", "The API key is {key}."),
    ("a.md", "- **API key:** {key}"),
    ("a.md", "**Password**: `{password}`"),
]
EVERY = [
    *TYPES_AND_OPERATORS, *CALLS, *NEXT_LINES, *COMPARISONS, *LISTS, *ARGUMENTS, *PAIRS, *TABLES, *PROSE,
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), EVERY)
def test_a_value_is_found_exactly_wherever_it_stands(path: str, text: str) -> None:
    """A random value is found to the character, and nothing else, in each way to write it with its name."""
    assert _found(path, text) == [KEY if "{key}" in text else PASSWORD]


NEAR_MISSES = [
    ("mcp.json", '{"args": ["--token-limit", "4096"]}'),
    ("mcp.json", '{"args": ["--token-file", "/run/secrets/token"]}'),
    ("mcp.json", '{"args": ["--api-key", "${ACME_API_KEY}"]}'),
    ("mcp.json", '{"args": ["--password-stdin", "registry.acme.org"]}'),
    ("compose.yaml", "command:\n  - --api-key\n  - ${API_KEY}\n"),
    ("compose.yaml", "command:\n  - --max-tokens\n  - 4096\n"),
    ("a.json", '{"name": "password", "value": "Enter your password"}'),
    ("a.json", '{"name": "password", "type": "string", "default": ""}'),
    ("a.json", '{"token": {"type": "string", "description": "The token to use", "default": "none"}}'),
    ("a.ts", "[{\n  key: 'cn-northwest-vpc-1',\n  value: 'https://acme.org',\n}]"),
    ("a.md", "[x](https://acme.org/PasswordPusher)) `Apache-2.0` `Docker`"),
    ("a.html", '<input name="password" type="password" value="password">'),
    ("a.html", "<dt>Password</dt><dd>At least eight characters</dd>"),
    ("pod.yaml", "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: acme-1\n      key: password\n"),
    ("a.tf", 'variable "api_key" {\n  type    = string\n  default = ""\n}\n'),
    ("a.tf", 'variable "api_key" {\n  type = string\n}\nvariable "region" {\n  default = "eu-central-1"\n}\n'),
    ("a.csv", "name,password_hash\nsvc,5f4dcc3b5aa765d61d8327deb882cf99\n"),
    ("a.csv", "token,count\nthe,1201\nof,1173\n"),
    ("a.md", "| Option | Type | Default |\n|---|---|---|\n| `api_key` | `str` | `None` |\n"),
    ("a.md", "| Token | Meaning |\n|---|---|\n| `<|endoftext|>` | the end |\n"),
    ("a.sql", "INSERT INTO users (name, password) VALUES (?, ?), ('a', NULL);"),
    ("a.sql", "CREATE TABLE t (id int, api_key text);\nINSERT INTO other VALUES (1, 'Zq7RmX4tLw9Kd2vB');"),
    ("a.sql", "CREATE TABLE t (id int, api_key text);\nINSERT INTO t VALUES (1, 'a', 'Zq7RmX4tLw9Kd2vB');"),
    ("a.sql", "COPY t (id, api_key) FROM stdin;\n\\.\n1\tZq7RmX4tLw9Kd2vB\n"),
    ("a.py", 'keys = ["alpha_1", "beta_2", "gamma_3"]'),
    ("a.py", 'special_tokens = ["<|user1|>", "[unused42]", "<extra_id_10>"]'),
    ("a.py", "user, password = args.user, args.password"),
    ("a.py", 'username, password = "username", "password"'),
    ("a.py", 'parser.add_argument("--api-key", default=None, help="v1.2.3")'),
    ("a.py", 'token = os.environ.get("ACME_TOKEN", "")'),
    ("a.py", 'auth=("user", "password")'),
    ("a.py", 'jwt.encode(payload, settings.SECRET_KEY, algorithm="HS256")'),
    ("a.py", 'jwt.decode(token, options={"verify_signature": False})'),
    ("a.java", 'DriverManager.getConnection(url, "sa", "");'),
    ("a.py", 'token = given if given else "default"'),
    ("a.kt", 'mapOf("token" to "access_token_1")'),
    ("a.py", 'client = InferenceClient("mistralai/Mistral-7B-Instruct-v0.3")'),
    ("a.py", 'client = S3Client("backups-of-the-production-site")'),
    ("a.go", "password,\n\tuser1234,\n"),
    ("a.txt", "Your token - see chapter 12 - is sent by mail."),
    ("a.txt", "The password is 8 characters long, the key is 256-bit."),
    ("a.txt", "Password:\nmust have 12 characters\n"),
    ("a.log", "12:30:45 worker:5432:start:idle:0x1f\n"),
    ("a.md", "Basic authentication and Basic YWRtaW46cGFzc3dvcmQ="),
    ("a.mjs", f"const key = {{ crv: 'P-256', x: '{CURVE}', kty: 'EC' }};"),
]


@pytest.mark.parametrize(("path", "text"), NEAR_MISSES)
def test_what_only_looks_like_such_a_context_stays_silent(path: str, text: str) -> None:
    """Limits, files, references, descriptions, hashes and words in the same places are not reported at all."""
    assert _found(path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("a.yaml", f"Authorization:\n  - Basic {BASIC}\n", BASIC),
        ("a.py", f'CREDENTIALS = "Basic {BASIC}"', BASIC),
        ("a.mjs", f"const key = {{\n  crv: 'P-256',\n  x: 'a1',\n  d: '{CURVE}',\n  kty: 'EC',\n}};", CURVE),
        ("a.py", f"key = {{'kty': 'OKP', 'crv': 'Ed25519', 'd': '{CURVE}'}}", CURVE),
        ("a.json", json.dumps({"jwk": json.dumps({"kty": "EC", "x": "a1", "d": CURVE})}), CURVE),
        ("a.js", f"const totp = new OTPAuth.TOTP({{ secret: '{SEED}' }});", SEED),
        ("hardhat.config.js", f'acme: {{ url, accounts: ["{WALLET}"] }}', WALLET),
        ("a.sh", f"oathtool --totp -b {SEED}", SEED),
    ],
)
def test_structure_needs_no_name(path: str, text: str, value: str) -> None:
    """Credentials of Basic, private JSON Web Keys and seeds of one-time passwords are found wherever they stand."""
    assert _found(path, text) == [value]


def test_a_key_file_may_be_the_password_of_a_registry() -> None:
    """A service account's key as Docker's password is found, with the blanks and lines of its JSON."""
    key = json.dumps({"type": "service_account", "private_key_id": "a1"}, indent=2)
    auth = base64.b64encode(f"_json_key:{key}".encode()).decode()
    assert _found("config.json", json.dumps({"auths": {"gcr.io": {"auth": auth}}})) == [auth]


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (".env", f"DB_PASSWORD=ab1{PASSWORD}&Zq9x=12345", f"ab1{PASSWORD}&Zq9x=12345"),
        (".env", f"DB_PASSWORD={KEY}?", f"{KEY}?"),
        ("a.txt", f"The password: {KEY}!", f"{KEY}!"),
        ("a.txt", f"https://acme.org/?access_token={KEY}&page=2", KEY),
        ("a.plist", f"<string>https://acme.org/?access_token={KEY}&amp;lang=en</string>", KEY),
        ("a.yaml", f"secret: AbC9={KEY}", f"AbC9={KEY}"),
        ("a.sh", f'X="${{API_KEY:-{KEY}}}"', KEY),
        ("a.json", json.dumps({"log": f'api_key="{KEY}"\nuser="a"'}), KEY),
        ("a.json", json.dumps({"log": f'api_key="\nX-Api-Key: {KEY}\n"'}), KEY),
    ],
)
def test_a_value_ends_where_it_ends(path: str, text: str, value: str) -> None:
    """No part of a value stays visible, and none of what surrounds it belongs to it."""
    assert _found(path, text) == [value]


@pytest.mark.parametrize(
    "before", ["\x1b[31m", "\x1b[0;1;32m", "\x1b[K", r"\u001b[0m", r"\033[1m", r"\e[38;5;208m", "[0m"]
)
def test_a_token_may_follow_a_colour_code(before: str) -> None:
    """The letter that ends a code for colours, raw or spelled out, is no part of a token."""
    assert _found("ci.log", f"{before}{HF}\x1b[0m") == [HF]


def test_quoted_printable_ends_before_a_token() -> None:
    """`=3D`, the equals sign of an encoded mail, is no part of a token."""
    assert _found("mail.eml", f"token=3D{HF}\n") == [HF]


def test_both_matchers_find_the_same() -> None:
    """Hyperscan and `regex` lead to the same values in all contexts, with something before and behind."""
    fallback = Scanner(use_cache=False, hyperscan=False)
    for path, text in [*EVERY, *NEAR_MISSES]:
        longer = f"# first\n{text}\n# last\n"
        assert _found(path, text) == _found(path, text, fallback), text
        assert _found(path, longer) == _found(path, longer, fallback), longer


@pytest.mark.slow
@pytest.mark.parametrize("name", contexts.FINDERS)
def test_twice_the_text_takes_twice_the_work(name: str) -> None:
    """Each finder calls about twice as much for twice as many contexts, on lines of their own or on one."""
    texts = [text.replace("{key}", KEY).replace("{password}", PASSWORD) for _, text in EVERY[::4]]
    texts += ['tokens=["token",', "| token ", "password,", "key: {", '"name": "token" ', "tokens:\n - tokens:\n - "]
    for text in texts:
        for joint in ("\n", " "):
            once, twice = (_calls(name, (text + joint) * count) for count in (200, 400))
            assert twice < 2.2 * once + 100, text


def _calls(name: str, text: str) -> int:
    """How many functions a finder calls."""
    data = text.encode()
    anchors = SCANNER.engine._index.anchors
    ends = [end for anchor, end in SCANNER.hits(data)[0] if anchors[anchor].finder == name]
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        list(contexts.finder(name).values(data, ends, 60.0))
    finally:
        sys.setprofile(None)
    return calls
