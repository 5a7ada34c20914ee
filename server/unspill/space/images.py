"""What building an image does with secrets: its stages, what each RUN mounts and reads, and what stays in a layer."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import syntax
from unspill.document import Document
from unspill.languages import dockerfile, shell
from unspill.model import Default, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

FOLDER = "/run/secrets/"
"""Where a mount puts a secret, unless it says otherwise."""
_SECRET = re.compile(r"(?:^|[=,])type=secret(?:,|$)")
_FILE = re.compile(rb"/run/secrets/([A-Za-z_][A-Za-z0-9_]*)(?![\w./-])")
_IN_PYTHON = re.compile(rb"""(?:\benviron(?:\.get\(|\[)|\bgetenv\()\s*\\?["']([A-Za-z_]\w*)\\?["']\s*[\])]""")
_SOURCES = re.compile(rb"(?:^|[\s;&|(])(?:source|\.)\s")
_ROOT = frozenset(["root", "0"])


class ImageStage(NamedTuple):
    """A stage: from its FROM to the next one."""

    name: str
    base: str
    instructions: tuple[Node, ...]
    """Those after FROM."""


class SecretMount(NamedTuple):
    """A secret that a RUN mounts."""

    id: str
    span: Span
    id_span: Span
    target: str
    """The file that has it."""
    is_moved: bool
    """Whether the file is not where programs look for a mounted secret."""
    env: str
    """The variable that has it as well; "" for none."""
    has_mode: bool
    """Whether it is said who may read the file: else only root may."""
    is_required: bool


class BuildRead(NamedTuple):
    """A place in a RUN that reads a secret: a variable, or the file of a mount."""

    name: str
    span: Span
    is_file: bool


def stages(document: Document) -> tuple[ImageStage, ...]:
    """The stages of a Dockerfile in order; what is before the first FROM belongs to none. Raises UnparsedError."""
    return document.memo(_stages)


def _stages(document: Document) -> tuple[ImageStage, ...]:
    found: list[tuple[Node, list[Node]]] = []
    for instruction in dockerfile.instructions(document):
        if dockerfile.keyword(instruction) == "FROM":
            found.append((instruction, []))
        elif found:
            found[-1][1].append(instruction)
    return tuple(ImageStage(dockerfile.stage(node), dockerfile.image(node), tuple(rest)) for node, rest in found)


def built_on(document: Document, number: int) -> list[ImageStage]:
    """The stage with a 0-based number after those that it is built on, the first of them first."""
    every = stages(document)
    chain = [number]
    while (before := _base(every, chain[0])) is not None:
        chain.insert(0, before)
    return [every[at] for at in chain]


def shipped(document: Document) -> list[ImageStage]:
    """The stages whose layers are in the image: the last one, and those that it is built on."""
    return built_on(document, len(stages(document)) - 1) if stages(document) else []


def _base(every: tuple[ImageStage, ...], number: int) -> int | None:
    base = every[number].base.lower()
    return next((at for at in range(number - 1, -1, -1) if base in (every[at].name.lower(), str(at)) and base), None)


def runs(stage: ImageStage) -> Iterator[Node]:
    """The RUN instructions of a stage."""
    return (node for node in stage.instructions if dockerfile.keyword(node) == "RUN")


def mounts(run: Node) -> list[SecretMount]:
    """The secrets that a RUN mounts."""
    return [made for node in dockerfile.mounts(run) if (made := _mount(node)) is not None]


def _mount(node: Node) -> SecretMount | None:
    text = syntax.text_of(node)
    if not _SECRET.search(text):
        return None
    options = {key: (value, at) for key, value, at in _options(text)}
    target = next((options[key][0] for key in ("target", "dst", "destination") if key in options), "")
    id_, at = next((options[key] for key in ("id", "source", "src") if key in options), (posixpath.basename(target), 0))
    start = node.start_byte + len(text[:at].encode())
    file = target if target.startswith("/") or not target else f"/{target}"
    return SecretMount(
        id_,
        syntax.span_of(node),
        Span(start, start + len(id_.encode())) if at else syntax.span_of(node),
        file or FOLDER + id_,
        bool(file) and file != FOLDER + id_,
        options.get("env", ("", 0))[0],
        not options.keys().isdisjoint(("mode", "uid")),
        options.get("required", ("false", 0))[0].lower() in ("", "1", "t", "true"),
    )


def _options(text: str) -> Iterator[tuple[str, str, int]]:
    """The options of a mount: the name, the value, and where the value starts."""
    at = text.index("=") + 1
    for part in text[at:].split(","):
        key, _, value = part.partition("=")
        yield key.strip().lower(), value.strip("\"'"), at + len(part) - len(value) + (value[:1] in ("'", '"'))
        at += len(part) + 1


def reads(document: Document, run: Node) -> list[BuildRead]:
    """Where the commands of a RUN read a variable that they do not set, or the file of a mount, and go wrong without.

    Left out are tests and defaults, and what a shell does not expand when the image is built: text in single quotes,
    and files that are written for later. Raises UnparsedError.
    """
    script = dockerfile.script(document, run)
    if script is None or _SOURCES.search(script.data):
        return []
    inner = Document(script.data, "run.sh", "shell")
    uses = shell.env_uses(inner)
    set_here = {use.name for use in uses.writes}
    found = [
        BuildRead(use.name, use.span, is_file=False)
        for use in uses.reads
        if use.default is Default.NONE and not shell.is_tested(inner, use.span)
    ]
    tested = {use.name for use in uses.reads if shell.is_tested(inner, use.span)}
    found += [
        BuildRead(match[1].decode(), Span(*match.span(1)), is_file=False) for match in _IN_PYTHON.finditer(script.data)
    ]
    found = [one for one in found if one.name not in set_here | tested]
    for match in _FILE.finditer(script.data):
        if shell.is_run(inner, Span(*match.span())):
            found.append(BuildRead(match[1].decode(), Span(*match.span()), is_file=True))
    at = script.start
    return [one._replace(span=Span(one.span.start + at, one.span.end + at)) for one in found]


def variables(document: Document, number: int, run: Node) -> set[str]:
    """The variables that a RUN of a stage has from the instructions before it, and from its own mounts."""
    names = {mount.env for mount in mounts(run) if mount.env}
    for stage in built_on(document, number):
        for node in stage.instructions:
            if node.start_byte >= run.start_byte:
                break
            names.update(map(dockerfile.pair_name, dockerfile.pairs(node)))
    return names


def user(document: Document, number: int, run: Node) -> str:
    """The user that a RUN of a stage runs as, without the group; "" if the base image, or a variable, decides."""
    found = ""
    for stage in built_on(document, number):
        for node in stage.instructions:
            if node.start_byte < run.start_byte and dockerfile.keyword(node) == "USER":
                found = dockerfile.argument(node).partition(":")[0]
    return "" if found.startswith("$") else found


def is_root(name: str) -> bool:
    """Whether a user may read every file, or is unknown."""
    return name in _ROOT or not name
