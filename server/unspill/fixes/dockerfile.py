"""Dockerfiles: at run time the environment is read, at build time a secret mount; no layer stores a value.

The forms follow Docker's build secrets and those of Spaces (docs: "Docker Spaces", "Secrets and Variables"): the mount
is readable by the user that Spaces recommend (`mode=0444`), and not `required`: a duplicate of a Space has no secrets
yet, and still has to build. Then the file does not exist, the value is empty, and the log names the file.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.fixes import AS_NAME, moving, prose, shell
from unspill.languages import dockerfile
from unspill.languages import shell as commands
from unspill.model import Plan, Secret, Span, Stored
from unspill.shapes import may_be_secret
from unspill.sites import Comment, DockerArg, DockerEnv

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

PERSISTS = re.compile(
    r"(?:pip3?|npm|yarn|pnpm|conda|poetry)\s+config\b|git\s+(?:config|remote)\b|(?:docker|npm|wandb|gh\s+auth)\s+login\b"
)
WRITES_FILE = re.compile(r"(?:echo|printf|cat|tee)\b")
_USES_HUB = re.compile(r"\b(?:hf|huggingface-cli|huggingface_hub|snapshot_download|from_pretrained|python3?)\b")
_POSIX_SHELL = re.compile(r"(?:.*/)?(?:ba|da|a)?sh\Z")
_LOGIN = (
    "The login stores the token in an image layer: remove it manually, and mount the secret in the RUNs that need it."
)
UNPARSED = "The instruction cannot be parsed: fix the syntax error first."
_BROKEN = "The Dockerfile would no longer parse: edit it manually."
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_STAGES = ""
_AT_RUN_TIME = ("CMD", "ENTRYPOINT", "HEALTHCHECK")


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Delete an ENV or ARG, mount the secret where a RUN needs it, expand the variable at run time."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    path = syntax.enclosing(dockerfile.tree(document), finding.span)
    instruction = dockerfile.innermost_instruction(path)
    site = dockerfile.site(document, finding.span)
    if isinstance(site, Comment):
        return prose.plan(finding, document, project)
    if instruction is None or any(node.is_error for node in path):
        return Plan(withheld="The instruction cannot be parsed: fix the syntax error, or move the value manually.")
    pair = dockerfile.pair_at(path)
    if pair is not None and isinstance(site, DockerEnv | DockerArg):
        return _unset(finding, document, project, pair)
    stored = Stored(project.names.of(finding), finding.secret)
    keyword = dockerfile.keyword(instruction)
    if keyword in ("LABEL", "MAINTAINER"):
        return prose.plan(finding, document, project)
    if keyword == "RUN":
        return _run(document, instruction, finding.span, stored)
    if keyword in _AT_RUN_TIME:
        return _at_run_time(document, instruction, finding.span, stored)
    return Plan(withheld=f"{keyword} cannot use build secrets: use a RUN with a secret mount, or fetch it at run time.")


def _unset(finding: Finding, document: Document, project: Project, pair: Node) -> Plan:
    """Delete a pair of ENV or ARG: the platform sets it when the image runs, a mount gives it to the build."""
    found = dockerfile.env_value(document, finding.span)
    if found is None:
        return Plan(withheld="The value is computed from others: move it manually.")
    name, secret = found[0], Secret(found[1])
    if may_be_secret(name):
        return Plan(withheld=AS_NAME)
    known = project.names.name(secret, name, *finding.env)
    if known != name:
        return Plan(withheld=f"The value is declared as {known}: replace {name} with {known} manually.")
    deleted = removal(document, pair)
    if deleted is None or pair.parent is None:
        return Plan(withheld=UNPARSED)
    changes = [deleted]
    for instruction in following(pair.parent, document.memo(naming, name)):
        used = uses(document, instruction, name, build_only=dockerfile.is_build_argument(pair))
        if used is None:
            line = document.line_at(instruction.start_byte) + 1
            return Plan(withheld=f"Line {line} uses {name} but cannot use build secrets: change it manually first.")
        changes += used
    return _checked(document, f"Remove {name} (set by the Space's secret)", Stored(name, secret), changes)


def uses(document: Document, instruction: Node, name: str, *, build_only: bool) -> moving.Changes | None:
    """The changes of an instruction that may use a deleted variable; None if it requires the variable."""
    same = [node for node in dockerfile.pairs(instruction) if dockerfile.pair_name(node) == name]
    deleted = [one for node in same if (one := removal(document, node)) is not None]
    if len(deleted) < len(same):
        return None
    passes_on = re.compile(rf"[\"']?\$(?:{name}|{{{name}}})[\"']?\Z|\Z")
    if build_only and same and all(passes_on.match(document.text(dockerfile.pair_value(node))) for node in same):
        return deleted
    if not re.search(rf"\$(?:{name}\b|{{{name}\b)", syntax.text_of(instruction)):
        return []
    keyword = dockerfile.keyword(instruction)
    if keyword == "RUN":
        return exported(document, instruction, name)
    return [] if keyword in _AT_RUN_TIME else None


def naming(document: Document, name: str) -> list[Node]:
    """The instructions that may set or expand the variable `name`, and those that start a stage."""
    numbers = document.memo(_numbers)
    instructions = dockerfile.instructions(document)
    return [instructions[number] for number in sorted({*numbers[_STAGES], *numbers.get(name, ())})]


def _numbers(document: Document) -> dict[str, list[int]]:
    """The 0-based numbers of the instructions that set or expand each variable; those of the stages as `_STAGES`."""
    found: dict[str, list[int]] = {_STAGES: []}
    for number, instruction in enumerate(dockerfile.instructions(document)):
        names = set(_VARIABLE.findall(syntax.text_of(instruction)))
        names.update(map(dockerfile.pair_name, dockerfile.pairs(instruction)))
        if dockerfile.keyword(instruction) == "FROM":
            names.add(_STAGES)
        for name in names:
            found.setdefault(name, []).append(number)
    return found


def following(setter: Node, instructions: Iterable[Node]) -> list[Node]:
    """Those of `instructions` that see what `setter` sets: in the rest of its stage and the stages built on that.

    The instructions that start a stage must be included.
    """
    found, visible, stages = [], True, set[str]()
    for instruction in instructions:
        is_before = instruction.start_byte <= setter.start_byte
        if dockerfile.keyword(instruction) == "FROM":
            stage = dockerfile.stage(instruction)
            if is_before:
                stages = {stage}
            elif stages:
                visible = dockerfile.image(instruction) in stages
                stages |= {stage} if visible else set()
        if visible and not is_before:
            found.append(instruction)
    return found


def _run(document: Document, run: Node, span: Span, stored: Stored) -> Plan:
    """Give a RUN its secret as a mount."""
    script = _script(document, run, span)
    if script is None:
        keeps = WRITES_FILE.match(syntax.text_of(dockerfile.command(run)))
        if keeps is not None and dockerfile.is_in_heredoc(syntax.enclosing(run, span)):
            return _persisted(document, run, keeps[0], stored)
        return Plan(withheld="Not run by a shell: use the shell form of RUN with a secret mount.")
    inside = Span(span.start - script.start, span.end - script.start)
    path = syntax.enclosing(syntax.parse(script.data, "bash"), inside)
    command = commands.command_at(path)
    words = syntax.text_of(command)
    if command is not None and shell.is_login(words):
        return _without_login(document, run, script, command, stored)
    keeps = PERSISTS.match(words)
    if keeps is None and commands.is_redirected(path):
        keeps = WRITES_FILE.match(words)
    if keeps is not None:
        return _persisted(document, run, keeps[0], stored)
    file, mount = mounting(run, stored.name)
    reference = f"$(cat {file})"
    assignment = commands.assignment_at(path)
    if assignment is not None and commands.gives_status(assignment):
        reference = f"$(cat {file} || true)"
    clone = re.search(r"\bgit\s+clone\b", words)
    if clone is None:
        changes = shell.rewrite(script.data, inside, reference)
    elif words.startswith("git") and command is not None:
        changes = _clone(script.data, command, inside, file)
    else:
        changes = None
    if changes is None:
        return Plan(withheld=f"The shell does not expand variables here: read {file} manually.")
    title = f"Mount the secret {stored.name} for this RUN"
    return _checked(document, title, stored, [*mount, *_shifted(script, changes)])


def _persisted(document: Document, run: Node, command: str, stored: Stored) -> Plan:
    line = document.line_at(run.start_byte) + 1
    return Plan(
        withheld=f"`{command}` bakes the value into the image layer from line {line}: write it at container start, from"
        f" {stored.name} in the environment."
    )


def _without_login(document: Document, run: Node, script: dockerfile.Script, command: Node, stored: Stored) -> Plan:
    """Delete a login, which would store the token in the layer; the commands after it get the token themselves."""
    chain = commands.tied(command)
    whole = moving.whole_line(document, syntax.span_of(run))
    changes = [(whole, "")] if chain is None else _shifted(script, [(chain, "")])
    if chain is None and syntax.span_of(command) != Span(0, len(script.data.rstrip())):
        return Plan(withheld=_LOGIN)
    users = [node for node in following(run, dockerfile.instructions(document)) if dockerfile.keyword(node) == "RUN"]
    if chain is not None:
        rest = script.data[: chain.start] + script.data[chain.end :]
        users = [run, *users] if _USES_HUB.search(rest.decode("utf-8", "replace")) else users
    for user in users:
        if user is run or _USES_HUB.search(syntax.text_of(user)):
            used = exported(document, user, stored.name, "HF_TOKEN")
            if used is None:
                return Plan(withheld=_LOGIN)
            changes += used
    return _checked(document, "Remove the login; mount the secret where it is needed", stored, merged(changes))


def _clone(data: bytes, command: Node, secret: Span, file: str) -> moving.Changes | None:
    """Clone with a credential helper: a URL with a token would stay in `.git/config`."""
    before = re.search(rb"https?://(?:([\w.%-]+):)?\Z", data[: secret.start])
    after = re.match(rb"(?::[\w-]*)?@([\w.-]+)", data[secret.end :])
    git = command.child_by_field_name("name")
    if before is None or after is None or git is None:
        return None
    users = {b"huggingface.co": "hf_user", b"github.com": "x-access-token"}
    user = before[1].decode() if before[1] else users.get(after[1], "oauth2")
    get = f'test "$1" = get && echo username={user} && echo "password=$(cat {file})"'
    helper = f" -c credential.helper= -c credential.helper='!f() {{ {get}; }}; f'"
    start = secret.start - (len(before[1]) + 1 if before[1] else 0)
    userinfo = Span(start, secret.end + after.start(1))
    return [(Span(git.end_byte, git.end_byte), helper), (userinfo, "")]


def _at_run_time(document: Document, instruction: Node, span: Span, stored: Stored) -> Plan:
    """Let a shell expand the variable that the platform sets at run time."""
    title = f"Read {stored.name} from the environment"
    array = dockerfile.exec_form(instruction)
    if array is not None:
        return _exec_form(document, instruction, array, span, stored)
    script = _script(document, instruction, span)
    if script is not None:
        inside = Span(span.start - script.start, span.end - script.start)
        changes = shell.rewrite(script.data, inside, f"${{{stored.name}:?}}")
        if changes is not None:
            return _checked(document, title, stored, _shifted(script, changes))
    return Plan(withheld=f'The value is not in a shell context: insert "${{{stored.name}:?}}" manually.')


def _exec_form(document: Document, instruction: Node, array: Node, span: Span, stored: Stored) -> Plan:
    """Convert the exec form, which expands nothing, to the shell form."""
    by_hand = (
        f'The exec form expands nothing: use the shell form with "${{{stored.name}:?}}", or read it in the program.'
    )
    value, reference = document.text(span), f"${{{stored.name}:?}}"
    partner = {"CMD": "ENTRYPOINT", "ENTRYPOINT": "CMD"}.get(dockerfile.keyword(instruction))
    try:
        words = json.loads(syntax.text_of(array))
    except ValueError:
        return Plan(withheld=by_hand)
    index = next((at for at, word in enumerate(words) if value in word), None)
    if index is None or words[index].count(value) > 1 or not dockerfile.has_posix_shell(document):
        return Plan(withheld=by_hand)
    before, _, after = words[index].partition(value)
    title = f"Read {stored.name} from the environment"
    if len(words) == 3 and index == 2 and _POSIX_SHELL.match(words[0]) and re.match(r"-[a-z]*c\Z", words[1]):
        start = len(before.encode())
        inner = shell.rewrite(words[2].encode(), Span(start, start + len(value.encode())), reference)
        item = next((node for node in array.children if syntax.span_of(node).contains(span)), None)
        if inner is None or item is None:
            return Plan(withheld=by_hand)
        script = moving.apply(words[2], inner)
        return _checked(document, title, stored, [(syntax.span_of(item), json.dumps(script, ensure_ascii=False))])
    if any(dockerfile.keyword(other) == partner for other in dockerfile.instructions(document)):
        return Plan(withheld=by_hand)
    special = re.compile(r'([\\$`"])')
    quoted = [shlex.quote(word) for word in words]
    quoted[index] = '"' + special.sub(r"\\\1", before) + reference + special.sub(r"\\\1", after) + '"'
    return _checked(document, title, stored, [(syntax.span_of(array), "exec " + " ".join(quoted))])


def _script(document: Document, instruction: Node, span: Span) -> dockerfile.Script | None:
    """The shell commands around `span`; None if no POSIX shell runs them."""
    place = dockerfile.script_at(syntax.enclosing(instruction, span))
    return dockerfile.script(document, instruction, place) if place is not None else None


def _shifted(script: dockerfile.Script, changes: moving.Changes) -> moving.Changes:
    """Convert changes of the script to changes of the document."""
    return [(Span(span.start + script.start, span.end + script.start), text) for span, text in changes]


def mounting(run: Node, name: str) -> tuple[str, moving.Changes]:
    """The file that holds the secret in a RUN, and the insertion that mounts it unless it is mounted already."""
    for text in map(syntax.text_of, dockerfile.mounts(run)):
        if re.search(rf"type=secret\b.*\bid={name}(?![\w-])|\bid={name},.*type=secret", text):
            target = re.search(r"\b(?:target|dst|destination)=([^,\s]+)", text)
            return (target[1] if target else f"/run/secrets/{name}"), []
    at = run.children[1].start_byte
    return f"/run/secrets/{name}", [(Span(at, at), f"--mount=type=secret,id={name},mode=0444 ")]


def exported(document: Document, run: Node, secret: str, name: str = "") -> moving.Changes | None:
    """Mount `secret` for a RUN and export it to all its commands as `name`; None for a form without a shell."""
    command = dockerfile.command(run)
    if command is None or not dockerfile.has_posix_shell(document) or syntax.text_of(command).startswith("<<"):
        return None
    file, mount = mounting(run, secret)
    export = f'export {name or secret}="$(cat {file})" && '
    if syntax.text_of(command).startswith(export):
        return []
    return merged([*mount, (Span(command.start_byte, command.start_byte), export)])


def merged(changes: moving.Changes) -> moving.Changes:
    """The changes in order, adjacent ones merged: editors do not agree on the order in which they apply them."""
    done: moving.Changes = []
    for span, text in sorted(changes, key=lambda change: change[0]):
        if done and done[-1][0].end == span.start:
            last, before = done.pop()
            done.append((Span(last.start, span.end), before + text))
        else:
            done.append((span, text))
    return done


def removal(document: Document, pair: Node) -> tuple[Span, str] | None:
    """The deletion of a pair and its separator, or of the instruction if it has no other.

    None if that cannot be parsed: of `ENV a=$A b c=d`, the rest would set `b`.
    """
    if pair.parent is not None and pair.parent.has_error:
        return None
    pairs = dockerfile.pairs(pair.parent) if pair.parent is not None else [pair]
    index = pairs.index(pair)
    if len(pairs) == 1 and pair.parent is not None:
        return moving.whole_line(document, syntax.span_of(pair.parent)), ""
    if index + 1 < len(pairs):
        return Span(pair.start_byte, pairs[index + 1].start_byte), ""
    return Span(pairs[index - 1].end_byte, pair.end_byte), ""


def _checked(document: Document, title: str, stored: Stored, changes: moving.Changes) -> Plan:
    if not moving.still_parses(document, changes, "containerfile"):
        return Plan(withheld=_BROKEN)
    return Plan((moving.move(document, title, stored, changes),))
