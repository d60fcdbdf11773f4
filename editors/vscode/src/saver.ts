// Fixes end on disk: hooks and CI do not see what is in the editor.

import * as vscode from "vscode";

import type { Server } from "./server.ts";
import { decide, filesNamed, seen } from "./saving.ts";
import { t } from "./texts.ts";
import type { Applied } from "./wire.ts";

/** In milliseconds. */
const longest = 3000;

export class Saver implements vscode.Disposable {
  private readonly applied = new vscode.EventEmitter<Applied>();
  /** A client calls one listener alone for each kind of notification. */
  readonly onApplied = this.applied.event;
  private readonly dealt = new vscode.EventEmitter<Applied>();
  private readonly subscription: vscode.Disposable;

  constructor(server: Server) {
    this.subscription = server.onWillStart((client) => {
      client.onNotification("specweave/applied", (applied: Applied) => {
        this.applied.fire(applied);
        void this.afterChange(applied, server.log).catch((error: unknown) => { server.log.error(`After "${applied.title}": ${String(error)}`); });
      });
    });
  }

  /** Makes a change, and waits until its file is saved, or somebody has been asked. A second change before that would find the
   * first one unsaved, and could not tell it from what the user types. */
  async whole(uri: vscode.Uri, change: () => Promise<unknown>): Promise<void> {
    let stop: vscode.Disposable | undefined;
    const dealtWith = new Promise<void>((resolve) => {
      stop = this.dealt.event(({ files }) => { if (files.some((file) => vscode.Uri.parse(file.uri).toString() === uri.toString())) resolve(); });
    });
    try {
      await change();
      // One that changed nothing is never told about.
      await Promise.race([dealtWith, new Promise((resolve) => setTimeout(resolve, longest))]);
    } finally {
      stop?.dispose();
    }
  }

  private async afterChange(applied: Applied, log: vscode.LogOutputChannel): Promise<void> {
    const left = await save(applied, log).finally(() => { this.dealt.fire(applied); });
    if (left.length > 0) await ask(applied, left);
  }

  dispose(): void {
    this.applied.dispose();
    this.dealt.dispose();
    this.subscription.dispose();
  }
}

/** Gives back what only the user can decide about. */
async function save(applied: Applied, log: vscode.LogOutputChannel): Promise<string[]> {
  const wanted = vscode.workspace.getConfiguration("specweave-lsp").get<boolean>("saveAfterFix", true);
  if (!wanted) return [];
  const decision = decide(applied, document);
  log.info(`${applied.title}: ${applied.files.map((file) => seen(file, document(file.uri))).join(", ")}.`);
  const unsaved = await saveAll(decision.save);
  if (unsaved.length > 0) {
    void vscode.window.showErrorMessage(t("{0}: {1} could not be saved; the change is not on disk yet.", applied.title, filesNamed(unsaved)));
    return [];
  }
  if (decision.ask.length === 0) vscode.window.setStatusBarMessage(`$(check) ${t("{0}: saved", applied.title)}`, 5000);
  return decision.ask;
}

async function ask({ title }: Applied, uris: readonly string[]): Promise<void> {
  const all = t("Save All of It");
  const message = t("{0}: not saved yet, because other changes of yours are in {1}.", title, filesNamed(uris));
  if ((await vscode.window.showWarningMessage(message, all)) === all) {
    const left = await saveAll(uris);
    if (left.length > 0) void vscode.window.showErrorMessage(t("{0} could not be saved.", filesNamed(left)));
  }
}

function document(uri: string): vscode.TextDocument | undefined {
  const wanted = vscode.Uri.parse(uri).toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === wanted);
}

/** Gives back what could not be saved. */
async function saveAll(uris: readonly string[]): Promise<string[]> {
  const results = await Promise.all(uris.map(async (uri) => ((await document(uri)?.save()) === false ? [uri] : [])));
  return results.flat();
}
