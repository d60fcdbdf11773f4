// Tells, quietly and once, that another program has closed or desynced an increment: in the status bar, where nobody has to
// click it away.

import * as vscode from "vscode";

import type { Increments } from "./increments.ts";
import { notices } from "./notices.ts";
import { folderOf } from "./saving.ts";
import type { Server } from "./server.ts";
import type { Applied, Increment } from "./wire.ts";

/** Long enough to be read by somebody who looks up from their work. */
const shownFor = 15_000;
/** A change of ours is in the list by then. */
const settledAfter = 5_000;

export function otherPrograms(server: Server, increments: Increments, onApplied: vscode.Event<Applied>): vscode.Disposable {
  /** Folders that this editor changes, and until when that explains what is seen of them. */
  const ours = new Map<string, number>();
  const touch = (uri: string) => ours.set(vscode.Uri.parse(folderOf(uri)).toString(), Date.now() + settledAfter);
  const isOurs = (folder: string) => (ours.get(vscode.Uri.parse(folder).toString()) ?? 0) > Date.now();
  let before: Increment[] | undefined;
  const look = async () => {
    if (server.state !== "running") return;
    const after = await increments.list();
    if (before) {
      for (const notice of notices(before, after, isOurs)) {
        server.log.info(notice);
        vscode.window.setStatusBarMessage(`$(bell) ${notice.replaceAll("$(", "$\u200b(")}`, shownFor);
      }
    }
    before = after;
  };
  return vscode.Disposable.from(
    increments.onDidChangeList(() => void look()),
    server.onDidChange(() => { if (server.state !== "running") before = undefined; }),
    onApplied(({ files }) => { for (const { uri } of files) touch(uri); }),
    // What is typed, and what is saved of it.
    vscode.workspace.onDidChangeTextDocument(({ document }) => { if (document.isDirty) touch(document.uri.toString()); }),
    vscode.workspace.onWillSaveTextDocument(({ document }) => { touch(document.uri.toString()); }),
  );
}
