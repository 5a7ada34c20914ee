"""Notebooks: a cell is fixed in its own language, and the edits are escaped as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from unspill import fixes, syntax
from unspill.fixes import moving, prose, shell
from unspill.languages import json as notation
from unspill.languages import notebook
from unspill.model import Edit, Plan, Span, Stored

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.fixes.moving import Changes
    from unspill.languages.notebook import Cell
    from unspill.model import Finding, Fix, Secret


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """The fixes of a finding in a notebook: those of the language in code, a redaction elsewhere."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    found = notebook.cell_at(document, finding.span)
    if found is None or found[0].kind != "code":
        return _redacted(finding, finding.secret, document, project)
    cell, span = found
    line = notebook.magic_line(cell, span)
    if line is not None:
        return _magic(finding, Stored(project.names.of(finding), finding.secret), document, cell, line)
    part, inner = notebook.program(cell, span)
    if part.language != "python" and fixes.is_obfuscated(finding._replace(span=inner), part):
        return Plan(withheld=fixes.MANUAL.format(project.names.of(finding)))
    if part.language == "dotenv":
        name = project.names.of(finding)
        return Plan(withheld=f"The cell writes a .env file: add {name} to your own .env manually, and delete the cell.")
    shift = span.start - inner.start
    made: Plan = fixes.fixer_of(part).plan(finding._replace(span=inner), part, project)
    mapped = (_in_file(fix, document, cell, shift) for fix in made.fixes)
    kept = tuple(fix for fix in mapped if _parses(fix, document))
    return Plan(kept, made.withheld or ("" if kept else "The notebook would no longer load: move the value manually."))


def _redacted(finding: Finding, secret: Secret, document: Document, project: Project) -> Plan:
    """Text that people read is redacted; a second action clears the outputs of the cell."""
    redacted = prose.plan(finding, document, project)
    name = project.names.of(finding)
    path = syntax.enclosing(notation.tree(document), finding.span)
    outputs = notation.pair_under(path, "outputs")
    value = outputs.child_by_field_name("value") if outputs is not None else None
    if value is None:
        return redacted
    changes: Changes = [(syntax.span_of(value), "[]")]
    cleared = moving.move(document, "Clear the outputs of the cell", Stored(name, secret), changes, declared=False)
    return Plan((*redacted.fixes, cleared._replace(preferred=False)), redacted.withheld)


def _magic(finding: Finding, stored: Stored, document: Document, cell: Cell, line: Span) -> Plan:
    """`%env` is removed, because the environment sets the name; a command gets `$NAME`, which the shell expands."""
    name = stored.name
    span = cell.to_source(finding.span) or line
    source = cell.document.data[line.start : line.end]
    if (match := notebook.ENV_MAGIC.match(source)) and match[1].decode() == name:
        removed = moving.whole_line(cell.document, line)
        title = f"Remove the assignment ({name} comes from the environment)"
        fix = moving.move(document, title, stored, [(removed, "")])
        return Plan((_in_file(fix, document, cell, 0),))
    if match := notebook.COMMAND.match(source):
        start = line.start + match.end()
        command = cell.document.data[start : line.end]
        changes = shell.rewrite(command, Span(span.start - start, span.end - start), f"${name}")
        if changes is not None:
            fix = moving.move(document, f"Read {name} from the environment", stored, changes)
            return Plan((_in_file(fix, document, cell, start),))
    return Plan(withheld=f'The magic does not expand variables: use os.environ["{name}"] in Python instead.')


def _in_file(fix: Fix, document: Document, cell: Cell, shift: int) -> Fix:
    """Convert a fix of a cell's source, `shift` bytes after its start, to a fix of the file."""
    edits = []
    for edit in fix.edits:
        span = cell.to_file(Span(edit.span.start + shift, edit.span.end + shift))
        text = json.dumps(edit.text, ensure_ascii=False)[1:-1]
        # In a list, every line of the source is a separate string.
        edits.append(Edit(document.path, span, text.replace("\\n", "\\n" + cell.separator)))
    return fix._replace(edits=tuple(edits))


def _parses(fix: Fix, document: Document) -> bool:
    return moving.still_parses(document, [(edit.span, edit.text) for edit in fix.edits], "json")
