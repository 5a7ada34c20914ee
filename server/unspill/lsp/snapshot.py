"""What a feature works on: one state of one document, with its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from unspill.lsp.projects import Noted

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.lsp.buffers import Buffer
    from unspill.lsp.capabilities import Client
    from unspill.lsp.folders import Folders
    from unspill.lsp.places import Place
    from unspill.model import Tree
    from unspill.settings import Settings
    from unspill.suppress.known import Known


@dataclass(frozen=True)
class Snapshot:
    """One state of one open document. Two are equal if the document and what its findings depend on are the same.

    What surrounds the document is read when it is first asked for, on the loop; then it stays.
    """

    buffer: Buffer
    revision: int
    """Changes with the settings, the rules, and the files that decide about findings."""
    client: Client = field(compare=False)
    _folders: Folders = field(compare=False, repr=False)
    noted: Noted = field(default_factory=Noted)
    """What the checks on its app have found in it, and what following its values has shown."""
    follows: bool = False
    """Whether its values are followed whenever it is analysed, and not once typing pauses."""

    @property
    def uri(self) -> str:
        """The document's URI, as the client spells it."""
        return self.buffer.uri

    @property
    def document(self) -> Document:
        """Its text, and the client's version of it."""
        return self.buffer.document

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.buffer.place

    @property
    def disk(self) -> str | None:
        """Its file system path; None for what is no file, as the cell of a notebook."""
        return self.buffer.disk

    @property
    def serial(self) -> int:
        """Differs for every state of every document of the session."""
        return self.buffer.serial

    @property
    def result_id(self) -> str:
        """The id of the diagnostics of this state; nothing in the document is part of it."""
        return f"{self.serial}.{self.revision}.{self.noted.number}"

    @cached_property
    def settings(self) -> Settings:
        """The settings for the document."""
        return self._folders.settings(self.place)

    @cached_property
    def tree(self) -> Tree | None:
        """The files around it as the client has them; None if it is not on the file system."""
        return None if self.place.root is None else self._folders.tree(self.place.root)

    @cached_property
    def known(self) -> Known | None:
        """The baseline of its root; None if there is none."""
        return self._folders.known(self.place)
