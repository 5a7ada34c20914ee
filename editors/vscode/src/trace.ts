// What may be written of the messages between the editor and the server.
import type { LogOutputChannel } from 'vscode';

/**
 * The log, for the client's traces of messages: a line each, which names the method. What follows in a trace, the body, holds
 * whole texts with their values; the client writes it out whenever someone sets `unspill.trace.server`.
 */
export function withoutBodies(log: LogOutputChannel): LogOutputChannel {
  const trace = (message: string): void => {
    if (!message.startsWith('{')) { // as JSON, a message is all body
      log.trace(message.split('\n', 1)[0]);
    }
  };
  return Object.create(log, { trace: { value: trace } });
}
