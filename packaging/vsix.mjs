// node packaging/vsix.mjs [--binaries FOLDER] [--out FOLDER] [--partial]: the extension for each target, with its server inside. The
// work is done by editors/vscode/scripts/package.ts.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import * as lib from "./lib.mjs";

const { values } = parseArgs({
  options: {
    binaries: { type: "string", default: path.join(lib.project, "dist/binaries") },
    out: { type: "string", default: path.join(lib.project, "dist/vsix") },
    partial: { type: "boolean", default: false },
  },
});
const out = path.resolve(values.out);
mkdirSync(out, { recursive: true });
for (const target of lib.built(values.binaries, values)) {
  const env = {
    ...process.env,
    SPECWEAVE_LSP_BINARY: path.resolve(lib.binary(values.binaries, target)),
    SPECWEAVE_VSIX_TARGET: target.vsce,
    SPECWEAVE_VSIX_OUT: path.join(out, `specweave-lsp-${target.vsce}.vsix`),
  };
  lib.run(process.execPath, ["scripts/package.ts"], { cwd: path.join(lib.project, "editors/vscode"), env });
}
