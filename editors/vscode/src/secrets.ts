// The commands about the names of secrets. The server lists and declares them; no value ever comes here.
import { commands, Position, QuickPickItem, Range, Uri, window, workspace } from 'vscode';

interface Place {
  uri: string;
  range: { start: { line: number; character: number } };
}

/** What `unspill.secrets` gives. */
interface Secret {
  name: string;
  value: 'stored' | 'built-in' | 'set' | 'missing';
  undeclared: boolean;
  declared: Place[];
  read: Place[];
  written: Place[];
}

const VALUES = {
  stored: '$(check) in .env',
  'built-in': '$(check) built in',
  set: '$(check) set in the code',
  missing: '$(warning) missing',
};

/** Lists every name, and opens the first place of the one that is chosen. */
export async function showSecrets(): Promise<void> {
  const found = await secrets();
  if (found?.length === 0) {
    void window.showInformationMessage('unspill: no name of a secret is read, declared or kept here.');
  }
  if (!found?.length) {
    return;
  }
  const items = found.map((secret) => ({ ...row(secret), place: [...secret.read, ...secret.declared, ...secret.written][0] }));
  const chosen = await window.showQuickPick(items, {
    title: 'Secrets by Name',
    placeHolder: 'Choose one to go to where it is read',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (chosen?.place) {
    const { line, character } = chosen.place.range.start;
    const at = new Position(line, character);
    await window.showTextDocument(Uri.parse(chosen.place.uri), { selection: new Range(at, at) });
  }
}

/** Asks for a name, those first that the code reads and nobody declares, and has it listed in `.env.example`. */
export async function declareSecret(): Promise<void> {
  const near = here();
  const undeclared = (await secrets())?.filter((secret) => secret.undeclared);
  if (near === undefined || undeclared === undefined) {
    return;
  }
  const other: QuickPickItem = { label: '$(edit) Another name…', alwaysShow: true };
  const title = 'Declare a Secret in .env.example';
  const offered = undeclared.map(row);
  const chosen = offered.length > 0 ? await window.showQuickPick([...offered, other], { title }) : other;
  const name = chosen === other ? await window.showInputBox({ title, placeHolder: 'HF_TOKEN' }) : chosen?.label;
  if (name) {
    await commands.executeCommand('unspill.declare', near, name);
  }
}

async function secrets(): Promise<Secret[] | undefined> {
  const near = here();
  if (near === undefined) {
    void window.showInformationMessage('unspill: open a folder first.');
    return undefined;
  }
  return commands.executeCommand<Secret[]>('unspill.secrets', near);
}

/** The URI of a file of the project that the user is in. */
function here(): string | undefined {
  const open = window.activeTextEditor?.document.uri;
  if (open?.scheme === 'file') {
    return open.toString();
  }
  const folder = workspace.workspaceFolders?.[0];
  return folder && Uri.joinPath(folder.uri, '.env.example').toString();
}

function row(secret: Secret): QuickPickItem {
  const declared = secret.declared.length > 0 ? `declared in ${places(secret.declared)}` : secret.undeclared ? 'not declared' : '';
  const read = secret.read.length > 0 ? `read in ${places(secret.read)}` : 'not read';
  return { label: secret.name, description: VALUES[secret.value], detail: [declared, read].filter(Boolean).join(' · ') };
}

function places(found: Place[]): string {
  const shown = found.slice(0, 3).map(({ uri, range }) => `${workspace.asRelativePath(Uri.parse(uri))}:${range.start.line + 1}`);
  const more = found.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
