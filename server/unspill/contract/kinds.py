"""What a name of the environment is for: a secret, configuration, or something that the platform sets itself.

Decided by the name's words (the last one counts), by the names that the rules know, and by the defaults in the code.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from unspill.model import Default
from unspill.space import names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class NameKind(str, Enum):
    """What a name is for."""

    SECRET = "secret"  # noqa: S105
    CONFIGURATION = "configuration"
    PLATFORM = "platform"
    """The operating system, the host or a CI service sets it."""


_PLATFORM = frozenset(
    """CI DYNO HOSTNAME LOCAL_RANK RANK WORLD_SIZE LOCAL_WORLD_SIZE MASTER_ADDR MASTER_PORT CUDA_VISIBLE_DEVICES
    NODE_ENV APPDATA LOCALAPPDATA PROGRAMFILES PROGRAMDATA SYSTEMROOT WINDIR USERPROFILE USERNAME LOGNAME TEMP
    TMP COMSPEC PATHEXT DISPLAY WAYLAND_DISPLAY VIRTUAL_ENV EDITOR VISUAL PAGER COLUMNS LINES TERM_PROGRAM
    COLORTERM NO_COLOR FORCE_COLOR TZ OLDPWD UID GID EUID IFS SHLVL RANDOM BASH_SOURCE HTTP_PROXY HTTPS_PROXY
    NO_PROXY ALL_PROXY TARGETPLATFORM BUILDPLATFORM TARGETARCH TARGETOS TARGETVARIANT BUILDARCH
    PYTEST_CURRENT_TEST PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE DEBIAN_FRONTEND VERCEL RENDER NETLIFY CODESPACES
    NEXT_RUNTIME NEXT_PHASE TRAVIS CIRCLECI JENKINS_URL TF_BUILD BUILDKITE WSL_DISTRO_NAME MSYSTEM OSTYPE""".split()
)
_PLATFORMS = re.compile(
    r"(?:RUNNER|GITLAB|VERCEL|RAILWAY|RENDER|HEROKU|FLY|KUBERNETES|AWS_LAMBDA|SLURM|OMPI|XDG|CONDA|COLAB|KAGGLE|SPACE|LC|SSH"
    r"|CF_PAGES|NPM|BASH|JPY|WEBSITE|CODESPACE)_|CI_(?:COMMIT|JOB|PIPELINE|PROJECT|REGISTRY|MERGE|SERVER|RUNNER|ENV)"
    r"|GITHUB_(?:ACTION|ACTOR|API|BASE|ENV|EVENT|GRAPHQL|HEAD|JOB|OUTPUT|PATH|REF|REPOSITORY|RETENTION|RUN|SERVER|SHA|STATE"
    r"|STEP|TRIGGERING|WORKFLOW|WORKSPACE)|K_(?:SERVICE|REVISION)\Z"
)
"""Prefixes of what hosts and CI services set."""
_CONFIGURED = frozenset(["PORT", "HOST"])
"""Names of processes that apps configure."""
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z]|[^A-Za-z]|\Z)|[A-Z]?[a-z]+|[A-Z]+")
_ENDINGS = frozenset(
    """PROD PRODUCTION DEV DEVELOPMENT STAGING STAGE TEST LIVE LOCAL B BASE JSON RAW VALUE PRIMARY SECONDARY BACKUP
    MAIN V DEFAULT ENV VAR""".split()
)
"""Words after those that say what a name is for."""
_SECRETS = frozenset(
    """SECRET SECRETS PASSWORD PASSWORDS PASSWD PASSPHRASE PASSCODE PASS PWD PW PAT CREDENTIAL CREDENTIALS APIKEY
    APIKEYS AUTHKEY AUTHTOKEN ACCESSTOKEN SECRETKEY ACCESSKEY DSN WEBHOOK JWT BEARER MNEMONIC TOKEN KEY AUTH
    AUTHORIZATION""".split()
)
_MANY = {"TOKENS": "API AUTH ACCESS BOT REFRESH HF USER", "KEYS": "API SECRET ACCESS AUTH PRIVATE ENCRYPTION SIGNING"}
"""Plurals that are of secrets after these words only: `MAX_TOKENS` is a number."""
_PUBLIC = frozenset(
    """PUBLIC PUBLISHABLE ANON SITE SORT PARTITION FOREIGN CACHE HOT COLUMN CONFIG EOS BOS PAD MASK STOP START END SEP
    UNK SPECIAL MAX MIN PER NEXT INDEX""".split()
)
"""Words before `KEY` and `TOKEN` of what is no secret."""
_SWITCHES = frozenset("USE ENABLE DISABLE ALLOW REQUIRE IS HAS SKIP NO WITH SHOW FORWARD".split())
"""First words of what is switched on or off."""
_URLS = frozenset(["URL", "URI", "STRING", "CONNECTIONSTRING"])
_STORES = frozenset(
    """DATABASE DB POSTGRES POSTGRESQL PG MONGO MONGODB REDIS MYSQL MARIADB AMQP RABBITMQ BROKER CLICKHOUSE COUCHDB
    CLOUDAMQP JDBC SQL NEON WEBHOOK CONNECTION CONN""".split()
)
"""What URLs with passwords lead to."""
_GLUED = re.compile(r"(?:APIKEY|APITOKEN|AUTHTOKEN|SECRETKEY|ACCESSKEY|PASSWORD|PASSWD)\Z")
_NO_KNOWN = re.compile(r"(?:_ID|_USER|_USERNAME|INDEX_URL|_SID|PUBLIC_KEY|PUBLISHABLE_KEY|ANON_KEY)\Z")
"""Names of the rules' that are no secrets by themselves."""


def kind_of(
    name: str, defaults: Iterable[Default] = (), known: Collection[str] = (), *, in_space: bool = True
) -> NameKind:
    """What a name is for, given the defaults of its reads, and the names that rules `known` to be of secrets."""
    upper = name.upper()
    is_process = upper in names.PROCESS and upper not in _CONFIGURED
    if is_process or (in_space and upper in names.BUILT_IN) or upper in _PLATFORM:
        return NameKind.PLATFORM
    is_secret = _is_secret(name) or (name in known and _NO_KNOWN.search(upper) is None)
    if is_secret and not names.is_public(name) and Default.SETTING not in defaults:
        return NameKind.SECRET
    if not is_secret and _PLATFORMS.match(upper):
        return NameKind.PLATFORM
    return NameKind.CONFIGURATION


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    """Whether the last words of a name are those of a secret."""
    words = [word.upper() for word in _PARTS.findall(name)]
    while len(words) > 1 and words[-1] in _ENDINGS:
        words.pop()
    if not words or words[0] in _SWITCHES:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _MANY:
        return before in _MANY[last].split()
    if last in ("KEY", "TOKEN"):
        return before not in _PUBLIC
    if last in _URLS:
        return not _STORES.isdisjoint(words[:-1]) if last != "CONNECTIONSTRING" else True
    if words[-3:] == ["ACCESS", "KEY", "ID"]:
        return True
    return last in _SECRETS or _GLUED.search(last) is not None or words[-2:] == ["SEED", "PHRASE"]
