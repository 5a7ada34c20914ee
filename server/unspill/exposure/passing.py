"""The calls that pass on what they are given: tables of functions and methods. Any other call ends a way.

What shows that a value is there and not what it is (`bool`, `len`, a comparison, a hash, a slice) is no row.
"""

from __future__ import annotations

TEXTS = frozenset(
    """str repr format json.dumps urllib.parse.quote urllib.parse.quote_plus urllib.parse.urlencode shlex.quote
    base64.b64encode base64.urlsafe_b64encode os.path.expandvars pprint.pformat yaml.dump yaml.safe_dump""".split()
)
"""Functions whose result has the text of their first argument."""
COPIES = frozenset("dict copy.copy copy.deepcopy bytes vars dataclasses.asdict".split())
"""Functions whose result has the elements of their first argument."""
SEQUENCES = frozenset("list tuple set sorted reversed".split())
"""Functions whose result has what an iteration of their first argument yields: of a mapping, the keys."""
TEXT_METHODS = frozenset("strip lstrip rstrip lower upper encode decode format join removeprefix removesuffix".split())
"""Methods whose result has the text of the object; and of the arguments, for those in `JOINING`."""
JOINING = frozenset(["format", "join"])
COPY_METHODS = frozenset("copy dict model_dump _asdict to_dict".split())
"""Methods whose result has the elements of the object."""
TRANSPARENT = frozenset(
    """staticmethod classmethod cache lru_cache cached_property cache_data cache_resource override wraps no_grad
    inference_mode tool function_tool retry GPU get post put patch delete route""".split()
)
"""The last parts of the names of decorators whose function returns what it did before; any other ends a way."""
