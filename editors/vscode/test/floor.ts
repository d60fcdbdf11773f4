// An extension that does nothing but underline one place: what VS Code itself takes until then. Ours is measured beside it.

import fs from "node:fs";
import path from "node:path";

/** Unpacked, in a folder for extensions of its own; activated by what activates ours. */
export function floorExtension(folder: string, file: string): string {
  const { activationEvents, engines } = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, "../package.json"), "utf8")) as Record<string, unknown>;
  const at = path.join(folder, "floor.floor-1.0.0");
  fs.mkdirSync(at, { recursive: true });
  fs.writeFileSync(path.join(at, "package.json"), JSON.stringify({ name: "floor", publisher: "floor", version: "1.0.0", main: "./main.js", activationEvents, engines }));
  fs.writeFileSync(path.join(at, "main.js"), `
const vscode = require("vscode");
exports.activate = ({ subscriptions }) => {
  const found = vscode.languages.createDiagnosticCollection("floor");
  found.set(vscode.Uri.file(${JSON.stringify(file)}), [new vscode.Diagnostic(new vscode.Range(3, 8, 3, 14), "here")]);
  subscriptions.push(found);
};
`);
  return folder;
}
