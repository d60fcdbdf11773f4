// Marks on the folders of increments, wherever files are listed.

import * as vscode from "vscode";

import type { Increments } from "./increments.ts";
import { disagreement, heading, progress } from "./statuses.ts";
import type { Increment } from "./wire.ts";

const folder = /\/\.specweave\/increments\/[^/]+\/?$/;

export function decorations(increments: Increments): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  const provider: vscode.FileDecorationProvider = {
    onDidChangeFileDecorations: changed.event,
    async provideFileDecoration(uri) {
      if (uri.scheme !== "file" || !folder.test(uri.path)) return undefined;
      const increment = await increments.at(uri);
      return increment && decoration(increment);
    },
  };
  return vscode.Disposable.from(
    vscode.window.registerFileDecorationProvider(provider),
    increments.onDidChangeList(() => { changed.fire(undefined); }),
    changed,
  );
}

function decoration(increment: Increment): vscode.FileDecoration | undefined {
  // The findings colour the folder already; the mark says what they are about.
  if (increment.desync) return new vscode.FileDecoration("≠", disagreement(increment), new vscode.ThemeColor("specweave.desyncForeground"));
  const badge = { active: "▶", ready_for_review: "◉", completed: "✓" }[String(increment.meaning)];
  const says = [heading(increment), progress(increment)].filter(Boolean).join(" · ");
  return badge ? new vscode.FileDecoration(badge, says) : undefined;
}
