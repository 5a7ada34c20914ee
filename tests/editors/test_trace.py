"""What VS Code's client writes of the messages that it traces: run with the client's own protocol library, in Node."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.editors import kit
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.editors

# Sends a document through the client's library, traced as its LanguageClient does, to a channel that keeps what it gets.
_RUN = """
const { PassThrough } = require('node:stream');
const [extension, folder, text] = process.argv.slice(1);
const load = (name) => require(require.resolve(name, { paths: [extension] }));
const outfile = folder + '/trace.js';
load('esbuild').buildSync({ entryPoints: [extension + '/src/trace.ts'], bundle: true, platform: 'node', outfile });
const { withoutBodies } = require(outfile);
const rpc = load('vscode-jsonrpc/node');
const lines = [];
const log = Object.freeze({ logLevel: 1, trace: (line) => lines.push(line) });
const channel = withoutBodies(log);
const tracer = {
  log: (message, data) => {
    if (typeof message !== 'string') {
      channel.trace(JSON.stringify(message));
    } else {
      channel.trace(data ? message + '\\n' + data : message);
    }
  },
};
(async () => {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const connection = rpc.createMessageConnection(new rpc.StreamMessageReader(back), new rpc.StreamMessageWriter(there));
  const peer = rpc.createMessageConnection(new rpc.StreamMessageReader(there), new rpc.StreamMessageWriter(back));
  peer.onRequest('ask', (params) => params);
  peer.listen();
  connection.listen();
  for (const traceFormat of [rpc.TraceFormat.Text, rpc.TraceFormat.JSON]) {
    await connection.trace(rpc.Trace.Verbose, tracer, { sendNotification: false, traceFormat });
    await connection.sendNotification('textDocument/didOpen', { textDocument: { text } });
    await connection.sendRequest('ask', { text });
  }
  console.log(JSON.stringify({ lines, level: channel.logLevel }));
  process.exit();
})();
"""


def test_a_trace_names_messages_and_holds_no_text(tmp_path: Path) -> None:
    """However verbose and in whichever format messages are traced: methods are named, and no text is written."""
    kit.extension()
    text = f'{{"a": "{token()}"}}\nx = "{token(1)}"\n'
    command = [str(kit.node()), "-e", _RUN, str(kit.EXTENSION), str(tmp_path), text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)
    assert "Sending notification 'textDocument/didOpen'." in written["lines"]
    assert any(line.startswith("Received response 'ask - (0)'") for line in written["lines"])
    assert written["level"] == 1
    assert "hf_" not in done.stdout
