// The server's life: found, started, watched, started again.

import { accessSync, constants, statSync } from "node:fs";
import os from "node:os";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type CodeAction,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient/node";

import { Crashes } from "./crashes.ts";
import { explicitSettings } from "./explicit_settings.ts";
import { findServer, type Found } from "./find_server.ts";
import { withoutStatuses } from "./hover.ts";
import { LastingCommands } from "./lasting.ts";
import { withReason } from "./reason.ts";
import { t } from "./texts.ts";
import { capabilities } from "./wire.ts";

export type ServerState = "starting" | "running" | "stopped" | "failed";

/** All files the server reads: with fewer it could not see what it changes. */
const documents = [
  { scheme: "file", pattern: "**/.specweave/increments/**/{spec.md,metadata.json,tasks.md}" },
  { scheme: "file", pattern: "**/.specweave/state/{status-line,active-increment}.json" },
  { scheme: "file", pattern: "**/.specweave/lsp.json" },
];

export class Server implements vscode.Disposable {
  state: ServerState = "stopped";
  client: LanguageClient | undefined;
  found: Found | undefined;
  problem: string | undefined;
  version: string | undefined;
  readonly crashes = new Crashes();
  readonly log = vscode.window.createOutputChannel("SpecWeave", { log: true });

  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly started = new vscode.EventEmitter<LanguageClient>();
  /** A fresh client, before it runs: to listen for notifications. */
  readonly onWillStart = this.started.event;

  private readonly chosen = new LastingCommands(
    (id, run) => vscode.commands.registerCommand(id, run),
    ({ command, arguments: values }) => vscode.commands.executeCommand(command, ...((values ?? []) as unknown[])),
  );

  /** Says whether it has told the user what can be done about an error of a command. */
  onRefusal: (error: unknown, command: string, argument: unknown) => Promise<boolean> = () => Promise.resolve(false);

  private readonly context: vscode.ExtensionContext;
  /** Starting and stopping follow one another, however quickly they are asked for. */
  private queue = Promise.resolve();

  constructor(context: vscode.ExtensionContext) {
    this.context = context;
  }

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  restart(): Promise<void> {
    this.crashes.forget();
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  /** Starts another server if another one is wanted now: after a change of settings, or of trust. */
  async reconsider(): Promise<void> {
    const wanted = this.find();
    if (JSON.stringify(wanted) !== JSON.stringify(this.found)) await this.restart();
  }

  /** Once it has started, or has not. */
  settled(): Promise<void> {
    return this.queue;
  }

  /** A URI as the server is told it. */
  wireUri(uri: vscode.Uri): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  /** Whether the server that runs has such a command. */
  offers(command: string): boolean {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  /** One request. Fails with a readable message when there is nobody to answer it. */
  async request<T>(method: string, params: unknown): Promise<T> {
    await this.settled();
    if (!this.client || this.state !== "running") throw new Error(t("The SpecWeave server is not running."));
    return await this.client.sendRequest<T>(method, params);
  }

  /** What did not work. With a button, since VS Code cuts off messages that have none. */
  say(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.log.warn(message);
    void vscode.window.showErrorMessage(message, t("Show Log")).then((choice) => {
      if (choice) this.log.show();
    });
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step, step);
    return this.queue;
  }

  private find(): Found {
    return findServer({
      environment: process.env,
      setting: vscode.workspace.getConfiguration("specweave-lsp").get("server.path", ""),
      extension: this.context.extensionPath,
      workspace: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
      trusted: vscode.workspace.isTrusted,
      home: os.homedir(),
      platform: process.platform,
      arch: process.arch,
      isExecutable,
    });
  }

  private async startNow(): Promise<void> {
    if (this.client) return;
    const found = this.find();
    this.found = found;
    if ("problem" in found) {
      this.fail(`${found.problem} ${found.source === "PATH" ? t("Install it with `npm install --global specweave-lsp`, or name it in the setting specweave-lsp.server.path.") : t("Correct it, or clear it to use the server inside the extension.")}`);
      return;
    }
    this.log.info(`Starting ${found.command} (${found.source}).`);
    const client = new QuietClient("specweave-lsp", "SpecWeave", { command: found.command, args: ["lsp"] }, this.options());
    client.registerFeature(announcement);
    this.client = client;
    this.set("starting");
    this.started.fire(client);
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client && this.state === "running") this.crashed();
    });
    try {
      await client.start();
    } catch (error) {
      if (this.client !== client) return;
      this.client = undefined;
      void client.dispose().catch(() => undefined);
      this.log.error(error instanceof Error ? error : String(error));
      this.fail(t("The SpecWeave server {0} did not start, or ended before it answered. The log says more.", found.command));
      return;
    }
    this.version = client.initializeResult?.serverInfo?.version;
    this.problem = undefined;
    this.set("running");
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.set("stopped");
    // One that is past answering is killed by the client; what it says about it helps nobody.
    await client?.dispose().catch((error: unknown) => { this.log.warn(`While stopping: ${String(error)}`); });
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: documents,
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // The settings: the server can start to look before it asks for them.
      initializationOptions: this.settings(),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
      middleware: {
        provideCodeActions: async (document, range, context, token, next) => this.ready(await next(document, range, context, token)),
        resolveCodeAction: async (action, token) => this.resolve(action, token),
        // From code actions and lenses. What failed is said once, in the server's words.
        executeCommand: async (command, args: unknown[]): Promise<unknown> => {
          try {
            return await this.request("workspace/executeCommand", { command, arguments: args });
          } catch (error) {
            if (!(await this.onRefusal(error, command, args[0]))) this.say(error);
            return undefined;
          }
        },
        // The message has both statuses already; what is related is the way to the other one.
        handleDiagnostics: (uri, diagnostics, next) => {
          for (const { code, relatedInformation } of diagnostics) {
            if (codeOf(code) === "status-desync") for (const related of relatedInformation ?? []) related.message = t("the other status");
          }
          next(uri, diagnostics);
        },
        // VS Code's own outline of markdown has the headings already: twice, each would stand under a root of its own.
        provideDocumentSymbols: (document, token, next) => (document.languageId === "markdown" ? undefined : next(document, token)),
        provideHover: async (document, position, token, next) => {
          const hover = await next(document, position, token);
          const explained = vscode.languages.getDiagnostics(document.uri).some(({ source, code, range }) => source === "specweave" && codeOf(code) === "status-desync" && range.contains(position));
          for (const content of explained ? (hover?.contents ?? []) : []) {
            if (content instanceof vscode.MarkdownString) content.value = withoutStatuses(content.value);
          }
          return hover;
        },
        workspace: {
          // The same answer as at the start: the server has no reason to look at everything again.
          configuration: ({ items }) => items.map(({ section }) => (section === "specweave-lsp" ? this.settings() : null)),
          // The client's own would send every default along.
          didChangeConfiguration: async () => {
            await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: { "specweave-lsp": this.settings() } });
          },
        },
      },
    };
  }

  /** What the user has set. VS Code asks again every two seconds when it pulls. */
  private settings(): object {
    const { contributes } = this.context.extension.packageJSON as { contributes: { configuration: { properties: object } } };
    const names = Object.keys(contributes.configuration.properties).map((name) => name.replace("specweave-lsp.", ""));
    const configuration = vscode.workspace.getConfiguration("specweave-lsp");
    const settings = explicitSettings(names, (name) => configuration.inspect(name));
    return { ...settings, diagnostics: { ...(settings["diagnostics"] as object | undefined), delivery: "push" } };
  }

  private ready<T extends (vscode.Command | vscode.CodeAction)[] | null | undefined>(actions: T): T {
    for (const action of actions ?? []) {
      if (!(action instanceof vscode.CodeAction)) continue;
      if (action.disabled) action.title = withReason(action.title, action.disabled.reason);
      if (action.command) action.command = this.chosen.lasting(action.command);
    }
    return actions;
  }

  /** The edit of an action that was chosen. The client's own way would pass over in silence that the files have changed. */
  private async resolve(action: vscode.CodeAction, token: vscode.CancellationToken): Promise<vscode.CodeAction> {
    const client = this.client;
    if (!client) return action;
    try {
      const chosen = await client.code2ProtocolConverter.asCodeAction(action, token);
      const answer = await this.request<CodeAction>("codeAction/resolve", chosen);
      const resolved = await client.protocol2CodeConverter.asCodeAction(answer, token);
      if (resolved.command) resolved.command = this.chosen.lasting(resolved.command);
      return resolved;
    } catch (error) {
      this.say(error);
      return action;
    }
  }

  private crashed(): void {
    const client = this.client;
    this.client = undefined;
    const again = this.crashes.startAgain(Date.now());
    this.log.error(`The server stopped by itself, ${this.crashes.total === 1 ? "for the first time" : `${this.crashes.total} times so far`}.`);
    void this.inTurn(async () => {
      await client?.dispose().catch(() => undefined);
      if (again) await this.startNow();
    });
    if (again) this.set("starting");
    else this.fail(t("The SpecWeave server stopped five times within three minutes and is not started again. Its log may say why."));
  }

  /** One message, with what can be done about it. */
  private fail(problem: string): void {
    this.problem = problem;
    this.log.error(problem);
    this.set("failed");
    const settings = t("Open Settings");
    const again = t("Restart Server");
    const log = t("Show Log");
    const offers = this.found && "problem" in this.found ? [settings, again, log] : [again, log, settings];
    void vscode.window.showErrorMessage(problem, ...offers).then((choice) => {
      if (choice === settings) void openSettings("specweave-lsp.server.path");
      if (choice === again) void this.restart();
      if (choice === log) this.log.show();
    });
  }

  private set(state: ServerState): void {
    this.state = state;
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
    this.started.dispose();
    this.chosen.dispose();
    this.log.dispose();
  }
}

/** What goes wrong is said by the class above, once and with what can be done; here it is for the log only. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

const announcement: StaticFeature = {
  fillClientCapabilities: (client) => {
    client.experimental = { ...(client.experimental as object | undefined), ...capabilities };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

/** A setting of the machine stands under Remote in a remote window; the user's own page does not find it there. */
function openSettings(query: string): Thenable<unknown> {
  return vscode.env.remoteName === undefined
    ? vscode.commands.executeCommand("workbench.action.openSettings", query)
    : vscode.commands.executeCommand("workbench.action.openRemoteSettings", { query });
}

function codeOf(code: vscode.Diagnostic["code"]): string | number | undefined {
  return typeof code === "object" ? code.value : code;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
