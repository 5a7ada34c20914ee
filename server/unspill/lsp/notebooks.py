"""Notebooks: every cell is a separate document, at the path of its notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.lsp import diagnostics

if TYPE_CHECKING:
    from lsprotocol import types

    from unspill.lsp.session import Session


def did_open(session: Session, params: types.DidOpenNotebookDocumentParams) -> None:
    """`notebookDocument/didOpen`."""
    for cell in params.cell_text_documents:
        session.open(cell, params.notebook_document.uri)
    for cell in params.cell_text_documents:
        diagnostics.changed_to(session, cell.uri)


def did_change(session: Session, params: types.DidChangeNotebookDocumentParams) -> None:
    """`notebookDocument/didChange`: cells that came, went, or have another text."""
    cells = params.change.cells
    if cells is None:
        return
    if cells.structure is not None:
        for gone in cells.structure.did_close or ():
            diagnostics.close(session, gone.uri)
        for new in cells.structure.did_open or ():
            session.open(new, params.notebook_document.uri)
            diagnostics.changed_to(session, new.uri)
    for content in cells.text_content or ():
        session.change(content.document, content.changes)
        diagnostics.changed_to(session, content.document.uri)


def did_close(session: Session, params: types.DidCloseNotebookDocumentParams) -> None:
    """`notebookDocument/didClose`."""
    for cell in params.cell_text_documents:
        diagnostics.close(session, cell.uri)
