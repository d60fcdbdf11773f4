// node packaging/npm.mjs [--binaries FOLDER] [--out FOLDER] [--partial]: what npm takes, one .tgz a package, and `order`, which
// names them in the order to publish: the main package last, since it refers to the others.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import * as lib from "./lib.mjs";

const { values } = parseArgs({
  options: {
    binaries: { type: "string", default: path.join(lib.project, "dist/binaries") },
    out: { type: "string", default: path.join(lib.project, "dist/npm") },
    partial: { type: "boolean", default: false },
  },
});
const out = path.resolve(values.out);
const there = lib.built(values.binaries, values);
rmSync(out, { recursive: true, force: true });

const common = {
  version: lib.version,
  license: lib.license,
  ...lib.addresses(),
  // Yarn would leave a program inside a zip file.
  preferUnplugged: true,
};

const packed = there.map((target) => {
  const file = lib.program(target);
  const folder = stage(lib.npmPackage(target), {
    ...common,
    description: `The program of specweave-lsp for ${target.name}`,
    os: [target.os],
    cpu: [target.cpu],
    ...(target.libc === undefined ? {} : { libc: [target.libc] }),
    files: [file, ...lib.licenses],
  });
  lib.copyProgram(lib.binary(values.binaries, target), path.join(folder, file));
  const about = `# specweave-lsp for ${target.name}\n\nThe program for \`${target.rust}\`. Install \`specweave-lsp\`, which brings it along.\n`;
  writeFileSync(path.join(folder, "README.md"), about);
  return pack(folder);
});

const main = stage("specweave-lsp", {
  ...common,
  description: lib.description,
  keywords: lib.keywords,
  bin: { "specweave-lsp": "bin/specweave-lsp.js" },
  files: ["bin", "platforms.json", "lsp.schema.json", ...lib.licenses],
  engines: { node: ">=18" },
  // Of this very version: the launcher and the program belong together.
  optionalDependencies: Object.fromEntries(there.map((target) => [lib.npmPackage(target), lib.version])),
});
cpSync(path.join(lib.project, "npm/bin"), path.join(main, "bin"), { recursive: true });
cpSync(path.join(lib.project, "npm/README.md"), path.join(main, "README.md"));
// Where `specweave-lsp config init` looks for it.
cpSync(path.join(lib.project, "docs/lsp.schema.json"), path.join(main, "lsp.schema.json"));
const platforms = {};
for (const target of lib.targets) {
  const its = (platforms[`${target.os}-${target.cpu}`] ??= []);
  its.push({ package: lib.npmPackage(target), file: lib.program(target), libc: target.libc });
}
writeFileSync(path.join(main, "platforms.json"), JSON.stringify(platforms, null, 2));
packed.push(pack(main));

writeFileSync(path.join(out, "order"), packed.map((file) => `${file}\n`).join(""));

/** A folder with what every package has. */
function stage(name, manifest) {
  const folder = path.join(out, "stage", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify({ name, ...manifest }, null, 2)}\n`);
  for (const file of lib.licenses) cpSync(path.join(lib.project, file), path.join(folder, file));
  return folder;
}

function pack(folder) {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", out];
  const said = JSON.parse(execFileSync("npm", args, { cwd: folder, encoding: "utf8", shell: lib.shell, stdio: ["ignore", "pipe", "inherit"] }));
  // npm 12 answers with an object, by name.
  const { filename, size, unpackedSize } = Object.values(said)[0];
  const { name, version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = filename.replace("@", "").replace("/", "-");
  console.log(`${file}: ${name} ${version}, ${Math.ceil(size / 1024)} KiB, unpacked ${Math.ceil(unpackedSize / 1024)} KiB`);
  return file;
}
