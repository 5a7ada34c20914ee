"""Names that publish what they stand for: variables that front-end tools put into what visitors download."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.contract import names as contract_names
from unspill.contract.kinds import NameKind, kind_of
from unspill.languages import comments
from unspill.model import Confidence, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document

PREFIXES = ("VITE_", "NEXT_PUBLIC_", "REACT_APP_", "NUXT_PUBLIC_", "VUE_APP_", "GATSBY_", "EXPO_PUBLIC_", "PUBLIC_")
"""What front-end tools expose begins with one of these."""
_USED = re.compile(
    rb"(?<![\w-])(?:(?:VITE|NEXT_PUBLIC|REACT_APP|NUXT_PUBLIC|VUE_APP|GATSBY|EXPO_PUBLIC)|(?<=\benv\.)PUBLIC)"
    rb"_[A-Z][A-Z0-9_]*(?![\w-])"
)
"""`PUBLIC_` is a word like any other, except as a member of an environment."""
_DECLARED = re.compile(rb"^[ \t]*(?:export[ \t]+)?(PUBLIC_[A-Z][A-Z0-9_]*)[ \t]*=", re.MULTILINE)
_SURE = re.compile(
    r"(?:\A|_)(?:SECRET|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|SERVICE_ROLE|SERVICE_KEY|ADMIN_KEY|MNEMONIC)(?:_|\Z)"
)
"""Words of what is never meant for visitors."""
_BY_DESIGN = re.compile(
    r"FIREBASE|MAP|POSTHOG|SENTRY|DSN|ALGOLIA|CAPTCHA|TURNSTILE|SUPABASE|STRIPE|CLERK|AMPLITUDE|MIXPANEL|SEGMENT|PUSHER"
    r"|VAPID|DATADOG|ROLLBAR|BUGSNAG|LICEN[CS]E|ANALYTICS|PADDLE|PAYPAL|RAZORPAY|EMAILJS|GIPHY|TENOR|WALLET|INFURA|ALCHEMY"
    r"|STORAGE|CSRF|XSRF|COOKIE|HEADER|CLIENT_TOKEN|WRITE_KEY|OAUTH_CLIENT|LIVEBLOCKS|VELT|BYPASS|DISABLE|ENABLE"
)
"""Names of keys that are made for browsers, of services that have such keys, and of what is no key."""


def secret(name: str) -> tuple[str, Confidence] | None:
    """The secret that a variable with a public prefix has by its name, without the prefix; None if it is none.

    A key of a service that has none for browsers is sure to be one; one that could be of any service is not.
    """
    bare = next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), "")
    if not bare or kind_of(bare) is not NameKind.SECRET:
        return None
    if _SURE.search(bare):
        return bare, Confidence.HIGH
    if _BY_DESIGN.search(bare):
        return None
    return bare, Confidence.HIGH if bare in contract_names.known_names() else Confidence.LOW


def secrets(document: Document) -> Iterator[tuple[str, str, Span, Confidence]]:
    """The first place of each name that publishes a secret: the name, the secret, the place, and how sure that is."""
    seen: set[str] = set()
    found = [Span(*match.span()) for match in _USED.finditer(document.data)]
    if document.language == "dotenv":
        found += [Span(*match.span(1)) for match in _DECLARED.finditer(document.data)]
    hidden = comments(document) if found else ()
    for span in sorted(found):
        name = document.text(span)
        if name in seen or any(comment.contains(span) for comment in hidden):
            continue
        seen.add(name)
        if (one := secret(name)) is not None:
            yield name, one[0], span, one[1]
