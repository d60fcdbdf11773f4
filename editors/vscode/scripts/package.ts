// npm run package: the VSIX for one platform, with the server inside.
//
//   SPECWEAVE_LSP_BINARY   the server to put in; else target/release/specweave-lsp
//   SPECWEAVE_VSIX_TARGET  the platform it is for, in vsce's words; else this one
//   SPECWEAVE_VSIX_OUT     where it goes; else dist/specweave-lsp-TARGET.vsix
//
//   SPECWEAVE_IDENTITY     another file than packaging/identity.json, for tests
//
// packaging/vsix.mjs makes those for all platforms. Whose extension it is, and where its pictures and links lead, comes from
// packaging/identity.json; while that is empty the package has a publisher's name of its own, and its page no pictures.
// It is put together in a folder of its own, so that nothing gets in by being forgotten in an ignore file.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

const here = path.resolve(import.meta.dirname, "..");
const project = path.resolve(here, "../..");
const target = process.env["SPECWEAVE_VSIX_TARGET"] ?? `${process.platform}-${process.arch}`;
const suffix = target.startsWith("win32") ? ".exe" : "";
const server = path.resolve(process.env["SPECWEAVE_LSP_BINARY"] ?? path.join(project, `target/release/specweave-lsp${suffix}`));
if (!existsSync(server)) {
  console.error(`There is no server at ${server}. Build it with \`cargo build --release\`, or name one in SPECWEAVE_LSP_BINARY.`);
  process.exit(2);
}

const stage = path.join(here, "dist/package");
rmSync(stage, { recursive: true, force: true });
mkdirSync(path.join(stage, "server"), { recursive: true });
// Nothing to ignore: only what belongs in is here.
writeFileSync(path.join(stage, ".vscodeignore"), "");
const { metafile } = await import("./build.ts");

const { owner, repository, publisher } = JSON.parse(readFileSync(process.env["SPECWEAVE_IDENTITY"] ?? path.join(project, "packaging/identity.json"), "utf8")) as Record<string, string>;
const address = owner && repository && publisher ? `https://github.com/${owner}/${repository}` : undefined;

const manifest = JSON.parse(readFileSync(path.join(here, "package.json"), "utf8")) as Record<string, unknown>;
for (const onlyHere of ["devDependencies", "dependencies", "scripts", "private"]) Reflect.deleteProperty(manifest, onlyHere);
if (address) {
  const fields = { publisher, homepage: `${address}#readme`, repository: { type: "git", url: `${address}.git` }, bugs: { url: `${address}/issues` } };
  Object.assign(manifest, fields);
}
writeFileSync(path.join(stage, "package.json"), JSON.stringify(manifest, null, 2));
for (const part of ["dist/extension.cjs", "package.nls.json", "l10n", "schemas", "icons/icon.png", "walkthrough", "CHANGELOG.md"]) {
  cpSync(path.join(here, part), path.join(stage, part), { recursive: true });
}
for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(path.join(project, license), path.join(stage, license));
writeFileSync(path.join(stage, "LICENSE.md"), "MIT OR Apache-2.0, at your choice: see LICENSE-MIT and LICENSE-APACHE.\n");

// The bundle holds other people's work: their licences ask to be passed on.
const packages = new Set(Object.keys(metafile.inputs).flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
const notices = [...packages].sort().map((name) => {
  const folder = path.join(here, "node_modules", name);
  const license = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (!license) throw new Error(`${name} has no licence file to pass on.`);
  return `${name}\n\n${readFileSync(path.join(folder, license), "utf8").trim()}\n`;
});
writeFileSync(path.join(stage, "THIRD_PARTY_NOTICES.txt"), notices.join(`\n${"-".repeat(72)}\n\n`));

// The pictures lie with the project's docs. The walkthrough shows those beside it. The README is shown by VS Code and by the
// stores, which load pictures from https and from nowhere else: neither from beside it nor from the text itself.
const pictures = path.join(project, "docs/images");
const tag = `v${String(manifest["version"])}`;
for (const text of ["walkthrough/see.md", "walkthrough/fix.md", "walkthrough/overview.md", "walkthrough/close.md"]) {
  const source = readFileSync(path.join(here, text), "utf8");
  for (const [, name = ""] of source.matchAll(/(?:\.\.\/)+docs\/images\/([\w.-]+)/g)) {
    cpSync(path.join(pictures, name), path.join(stage, "images", name));
  }
  writeFileSync(path.join(stage, text), source.replaceAll(/(?:\.\.\/)+docs\/images\//g, "../images/"));
}
const readme = readFileSync(path.join(here, "README.md"), "utf8")
  .replaceAll(/!\[([^\]]*)\]\((?:\.\.\/)+docs\/images\/([\w.-]+)\)\n+/g, (_, text: string, name: string) =>
    address ? `![${text}](https://raw.githubusercontent.com/${owner}/${repository}/${tag}/docs/images/${name})\n\n` : "",
  )
  // Other links: to the project's pages where it has any, else only what they said.
  .replaceAll(/\[([^\]]*)\]\((?:\.\.\/)+([\w./-]+)\)/g, (_, text: string, file: string) => (address ? `[${text}](${address}/blob/${tag}/${file})` : text));
writeFileSync(path.join(stage, "README.md"), readme);

cpSync(server, path.join(stage, "server", `specweave-lsp${suffix}`));
chmodSync(path.join(stage, "server", `specweave-lsp${suffix}`), 0o755);

const vsix = path.resolve(process.env["SPECWEAVE_VSIX_OUT"] ?? path.join(here, `dist/specweave-lsp-${target}.vsix`));
const vsce = path.join(here, "node_modules/@vscode/vsce/vsce");
const flags = ["--target", target, "--out", vsix, "--no-dependencies", "--no-rewrite-relative-links", ...(address ? [] : ["--allow-missing-repository"])];
execFileSync(process.execPath, [vsce, "package", ...flags], { cwd: stage, stdio: ["ignore", "inherit", "inherit"] });
console.log(`${path.relative(process.cwd(), vsix)}: ${Math.round(statSync(vsix).size / 1024)} KiB`);
