// Finds and starts the server, shows its status, and masks values in dotenv files. The server does everything else.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import {
  commands, DecorationRangeBehavior, ExtensionContext, languages, LanguageStatusItem, LanguageStatusSeverity,
  LogOutputChannel, Position, QuickPickItem, Range, TextEditor, ThemeColor, Uri, window, workspace,
} from 'vscode';
import {
  ExecuteCommandSignature, LanguageClient, LanguageClientOptions, RevealOutputChannelOn, State,
} from 'vscode-languageclient/node';
import { withoutBodies } from './trace';

const OLDEST = [0, 1];
/** Any text: what the command line reports in a file, the editor shows in it. */
const DOCUMENTS = [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'vscode-notebook-cell' }];
const FIX_WORKSPACE = 'unspill.fixWorkspace';
const PROBLEMS = 'workbench.actions.view.problems';

let server: Server;

export function activate(context: ExtensionContext): void {
  mask(context);
  const log = window.createOutputChannel('unspill', { log: true });
  server = new Server(log, new Status(context), Object.keys(context.extension.packageJSON.contributes.configuration.properties));
  context.subscriptions.push(
    log,
    commands.registerCommand('unspill.restart', () => server.restart()),
    commands.registerCommand('unspill.showLog', () => log.show()),
    commands.registerCommand('unspill.showSecrets', showSecrets),
    commands.registerCommand('unspill.declareSecret', declareSecret),
    workspace.onDidGrantWorkspaceTrust(() => server.restart()),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('unspill.server') || change.affectsConfiguration('unspill.enable')) {
        void server.restart();
      }
    }),
  );
  void server.restart();
}

export function deactivate(): Promise<void> {
  return server.stop();
}

/** The one server of a window. What is asked of it happens in order, so that no two are ever started. */
class Server {
  private client: LanguageClient | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: LogOutputChannel,
    private readonly status: Status,
    private readonly settings: readonly string[],
  ) {}

  restart(): Promise<void> {
    return this.next(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.next(() => this.end());
  }

  private next(work: () => Promise<void>): Promise<void> {
    this.last = this.last.then(work).catch((error) => this.log.error(error));
    return this.last;
  }

  private async begin(): Promise<void> {
    if (!workspace.getConfiguration('unspill').get<boolean>('enable')) {
      return this.status.off();
    }
    const command = find();
    if (command === undefined) {
      const path = workspace.getConfiguration('unspill').get<string>('server.path');
      return this.missing(path ? `unspill.server.path: ${path} is not an executable.` : 'unspill was not found in .venv or on the PATH.');
    }
    this.log.info(`starting ${command}`);
    this.status.starting();
    const client = new LanguageClient('unspill', 'unspill', { command, args: ['server'] }, this.options());
    client.onDidChangeState(({ newState }) => this.changed(client, newState));
    this.client = client;
    try {
      await client.start();
    } catch {
      return this.status.failed('The server did not start'); // the client has shown a message already
    }
    const version = client.initializeResult?.serverInfo?.version ?? '0';
    this.log.info(`unspill ${version}`);
    if (isOlder(version, OLDEST)) {
      await this.end();
      return this.missing(`unspill ${version} is too old: this extension needs ${OLDEST.join('.')} or later.`);
    }
    this.changed(client, client.state);
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose(2000).catch((error) => this.log.warn(error)); // it may have died before
    await running(false);
  }

  private changed(client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return;
    }
    void running(state === State.Running);
    if (state === State.Running) {
      this.status.running(client.initializeResult?.serverInfo?.version ?? '');
    } else if (state === State.Stopped) {
      this.status.failed('The server has stopped');
    }
  }

  private missing(reason: string): void {
    this.log.error(reason);
    this.status.failed(reason);
    const hint = workspace.isTrusted ? '' : ' The virtual environment of an untrusted folder is not searched.';
    void window.showErrorMessage(reason + hint, 'How to Install', 'Set Path…', 'Try Again').then((choice) => {
      if (choice === 'How to Install') {
        return commands.executeCommand('workbench.action.openWalkthrough', 'unspill.unspill#unspill');
      }
      if (choice === 'Set Path…') {
        return commands.executeCommand('workbench.action.openSettings', 'unspill.server.path');
      }
      return choice && this.restart();
    });
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: DOCUMENTS,
      outputChannel: this.log,
      traceOutputChannel: withoutBodies(this.log),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: this.chosen(),
      middleware: {
        executeCommand: (command, given, next) =>
          command === FIX_WORKSPACE ? saved(() => next(command, given)) : next(command, given),
        workspace: {
          configuration: ({ items }) =>
            items.map((item) => this.chosen(item.scopeUri ? Uri.parse(item.scopeUri) : undefined)),
        },
      },
    };
  }

  /** The settings that someone has set: a default sent along would count more than the user's own file. */
  private chosen(scope?: Uri): Record<string, unknown> {
    const all = workspace.getConfiguration(undefined, scope);
    const set = this.settings.filter((name) => {
      const known = all.inspect(name);
      return [known?.globalValue, known?.workspaceValue, known?.workspaceFolderValue].some((value) => value !== undefined);
    });
    return Object.fromEntries(set.map((name) => [name.slice('unspill.'.length), all.get(name)]));
  }
}

/** What the language status shows for every document: how the server is, and how much was found. */
class Status {
  private readonly item: LanguageStatusItem;
  private readonly counts = new Map<string, number>();
  private version: string | undefined;

  constructor(context: ExtensionContext) {
    this.item = languages.createLanguageStatusItem('unspill', DOCUMENTS);
    this.item.name = 'unspill';
    context.subscriptions.push(this.item, languages.onDidChangeDiagnostics(({ uris }) => this.count(uris)));
  }

  starting(): void {
    this.show('unspill is starting', LanguageStatusSeverity.Information, 'unspill.showLog', 'Show Log');
    this.item.busy = true;
  }

  running(version: string): void {
    this.version = version;
    this.update();
  }

  off(): void {
    this.show('unspill is disabled', LanguageStatusSeverity.Information, undefined, '');
  }

  failed(reason: string): void {
    this.show(reason, LanguageStatusSeverity.Error, 'unspill.restart', 'Restart');
  }

  private count(uris: readonly Uri[]): void {
    for (const uri of uris) {
      const found = languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source === 'unspill').length;
      if (found) {
        this.counts.set(uri.toString(), found);
      } else {
        this.counts.delete(uri.toString());
      }
    }
    if (this.version !== undefined) {
      this.update();
    }
  }

  private update(): void {
    const found = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const text = found === 0 ? 'No findings' : `${found} ${found === 1 ? 'finding' : 'findings'}`;
    const severity = found === 0 ? LanguageStatusSeverity.Information : LanguageStatusSeverity.Warning;
    const version = this.version;
    this.show(text, severity, PROBLEMS, 'Show');
    this.version = version;
    this.item.detail = `unspill ${version}`;
  }

  private show(text: string, severity: LanguageStatusSeverity, command: string | undefined, title: string): void {
    this.version = undefined;
    this.item.busy = false;
    this.item.text = text;
    this.item.detail = 'unspill';
    this.item.severity = severity;
    this.item.command = command === undefined ? undefined : { command, title };
  }
}

/** What `work` gives once every file is saved: the server reads the files of a workspace from the disk. */
async function saved(work: () => ReturnType<ExecuteCommandSignature>): Promise<unknown> {
  const unsaved = workspace.textDocuments.filter(({ isDirty, uri }) => isDirty && uri.scheme === 'file');
  if (unsaved.length > 0) {
    const names = unsaved.map(({ uri }) => workspace.asRelativePath(uri)).join(', ');
    const save = 'Save All and Continue';
    const reason = `unspill fixes files on disk, but these have unsaved changes: ${names}.`;
    const answer = await window.showWarningMessage(reason, save);
    if (answer !== save || !(await workspace.saveAll(false))) {
      return undefined;
    }
  }
  return work();
}

/** The server's executable: as set, else of the environment in the folder (if it is trusted), else on the PATH. */
function find(): string | undefined {
  const set = workspace.getConfiguration('unspill').get<string>('server.path');
  if (set) {
    return isAbsolute(set) ? executable(set) : onPath(set);
  }
  const folders = workspace.isTrusted ? (workspace.workspaceFolders ?? []) : [];
  for (const { uri } of folders) {
    for (const environment of ['.venv', 'venv']) {
      const scripts = join(uri.fsPath, environment, process.platform === 'win32' ? 'Scripts' : 'bin');
      const found = executable(join(scripts, 'unspill'));
      if (found) {
        return found;
      }
    }
  }
  return onPath('unspill');
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => executable(join(folder, name))).find((found) => found !== undefined);
}

function executable(path: string): string | undefined {
  const endings = process.platform === 'win32' ? ['', '.exe'] : [''];
  return endings.map((ending) => path + ending).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

function isOlder(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map((part) => parseInt(part, 10) || 0);
  const at = oldest.findIndex((number, index) => number !== (parts[index] ?? 0));
  return at >= 0 && (parts[at] ?? 0) < oldest[at];
}

function running(value: boolean): Thenable<unknown> {
  return commands.executeCommand('setContext', 'unspill.running', value);
}

// Values in dotenv files. They are masked without the server, which may start later, or not at all. VS Code has painted
// a file two or three times before it tells an extension that the file is open: so long a value can be seen.

const DOTENV = /(^|[\\/])\.env[^\\/]*$/;
/** An assignment, also one in a comment. The value is a quoted one, over several lines if need be, or the rest. */
const VALUE = /^[^\S\r\n]*#?[^\S\r\n]*(?:export[^\S\r\n]+)?[\w.-]+[^\S\r\n]*=[^\S\r\n]*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\r\n]+)/gm;

function mask(context: ExtensionContext): void {
  const hidden = window.createTextEditorDecorationType({
    opacity: '0',
    letterSpacing: '-1ch', // no width either: how long a value is stays hidden
    before: { contentText: '••••••••', color: new ThemeColor('editorLineNumber.foreground') },
    rangeBehavior: DecorationRangeBehavior.ClosedClosed,
  });
  let shown = false;

  const paint = (editor: TextEditor): void => {
    if (!DOTENV.test(editor.document.uri.path)) {
      return;
    }
    const wanted = !shown && workspace.getConfiguration('unspill', editor.document).get<boolean>('maskValues');
    editor.setDecorations(hidden, wanted ? values(editor) : []);
  };
  const paintAll = (): void => window.visibleTextEditors.forEach(paint);

  context.subscriptions.push(
    hidden,
    window.onDidChangeVisibleTextEditors((editors) => editors.forEach(paint)),
    workspace.onDidChangeTextDocument(({ document }) =>
      window.visibleTextEditors.filter((editor) => editor.document === document).forEach(paint),
    ),
    workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('unspill.maskValues') && paintAll()),
    commands.registerCommand('unspill.toggleMask', () => {
      shown = !shown;
      paintAll();
    }),
  );
  paintAll();
}

function values({ document }: TextEditor): Range[] {
  return [...document.getText().matchAll(VALUE)].map((match) => {
    const end = match.index + match[0].length;
    return new Range(document.positionAt(end - match[1].length), document.positionAt(end));
  });
}

// The commands about the names of secrets. The server lists and declares them; no value ever comes here.
interface Place {
  uri: string;
  range: { start: { line: number; character: number } };
}

/** What `unspill.secrets` gives. */
interface Secret {
  name: string;
  kind: 'secret' | 'configuration' | 'platform';
  state: 'undeclared' | 'unset' | 'unused' | 'ok';
  value: 'stored' | 'built-in' | 'set' | 'none';
  undeclared: boolean;
  declared: Place[];
  read: Place[];
  implicit: Place[];
  written: Place[];
}

const VALUES = {
  stored: '$(check) in .env',
  'built-in': '$(check) built in',
  set: '$(check) set in the code',
  none: '',
};

/** Lists every name, and opens the first place of the one that is chosen. */
async function showSecrets(): Promise<void> {
  const found = await secrets();
  if (found?.length === 0) {
    void window.showInformationMessage('unspill: no secret names found.');
  }
  if (!found?.length) {
    return;
  }
  const items = found.map((secret) => ({ ...row(secret), place: [...secret.read, ...secret.implicit, ...secret.declared, ...secret.written][0] }));
  const chosen = await window.showQuickPick(items, {
    title: 'Secrets by Name',
    placeHolder: 'Select a secret to go to where it is read',
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
async function declareSecret(): Promise<void> {
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
  const state = secret.state === 'ok' ? '' : `$(warning) ${secret.state}`;
  const description = [VALUES[secret.value], state].filter(Boolean).join(' · ');
  return { label: secret.name, description, detail: [declared, read].filter(Boolean).join(' · ') };
}

function places(found: Place[]): string {
  const shown = found.slice(0, 3).map(({ uri, range }) => `${workspace.asRelativePath(Uri.parse(uri))}:${range.start.line + 1}`);
  const more = found.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
