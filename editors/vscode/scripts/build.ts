// Bundles the extension into one file.

import { build } from "esbuild";

/** What went in, by file. */
export const { metafile } = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.cjs",
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  // The Node.js of the oldest VS Code that package.json allows.
  target: "node20",
  external: ["vscode"],
  metafile: true,
  logLevel: "warning",
});
