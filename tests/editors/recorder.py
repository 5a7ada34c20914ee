"""`unspill server` that first writes what the client says it can do to the file $UNSPILL_RECORD names."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unspill.cli import main
from unspill.lsp import transport

if TYPE_CHECKING:
    from collections.abc import Iterator

_read = transport.messages


def messages(stream: transport.Reader) -> Iterator[bytes]:
    """The messages, of which the first is kept."""
    for number, body in enumerate(_read(stream)):
        if number == 0:
            capabilities = json.loads(body)["params"]["capabilities"]
            Path(os.environ["UNSPILL_RECORD"]).write_text(json.dumps(capabilities, indent=1) + "\n", "utf-8")
        yield body


transport.messages = messages
sys.exit(main(["server"]))
