"""`unspill server` that keeps what its client says it can do: how `tests/lsp/clients/` was recorded."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from unspill.cli import main
from unspill.lsp import framing, transport
from unspill.lsp.framing import Message

from tests.editors import kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.lsp.framing import Fault, Reader


def program(path: Path, record: Path) -> Path:
    """Write an executable to `path` that serves as `unspill server` does, and keeps the capabilities in `record`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = f"import sys; sys.path.insert(0, {str(kit.ROOT)!r})\n"
    code += f"from tests.editors import recorder; recorder.serve({str(record)!r})\n"
    path.write_text(f"#!{sys.executable}\n{code}", "utf-8")
    path.chmod(0o755)
    return path


def serve(record: str) -> None:
    """Run the server, as the arguments of this process say."""
    def messages(stream: Reader) -> Iterator[Message | Fault]:
        for number, message in enumerate(framing.messages(stream)):
            if number == 0 and isinstance(message, Message):
                capabilities = message.value["params"]["capabilities"]
                Path(record).write_text(json.dumps(capabilities, indent=2) + "\n", "utf-8")
            yield message

    with patch.object(transport, "messages", messages):
        sys.exit(main(sys.argv[1:]))
