// What every packaging script needs: the version, the targets, whose project it is, and how failures are told.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const project = path.resolve(import.meta.dirname, "..");
export const read = (file) => readFileSync(path.join(project, file), "utf8");
const manifest = read("Cargo.toml");

/** Cargo.toml is the one place for these. */
export const version = field("version");
export const license = field("license");
export const description = field("description");
export const keywords = JSON.parse(/^keywords = (\[.*\])$/m.exec(manifest)[1]);

export const targets = JSON.parse(read("packaging/targets.json"));
export const licenses = ["LICENSE-MIT", "LICENSE-APACHE"];

/** Whose project this is; undefined while it is not decided. */
export function identity() {
  const { owner, repository, publisher } = JSON.parse(read("packaging/identity.json"));
  if (!owner || !repository || !publisher) return undefined;
  return { owner, repository, publisher, url: `https://github.com/${owner}/${repository}` };
}

/** The fields of a package.json that name the project's place. */
export function addresses() {
  const its = identity();
  if (its === undefined) return {};
  return {
    homepage: `${its.url}#readme`,
    repository: { type: "git", url: `git+${its.url}.git` },
    bugs: `${its.url}/issues`,
  };
}

export const program = (target) => (target.os === "win32" ? "specweave-lsp.exe" : "specweave-lsp");
export const npmPackage = (target) => `specweave-lsp-${target.name}`;
export const archive = (target) => `specweave-lsp-${target.rust}.${target.archive}`;

/** The target of that name, in Rust's words or ours. */
export function target(name) {
  const found = targets.find((it) => it.rust === name || it.name === name);
  if (found === undefined) fail(`packaging/targets.json has no target ${name}; it has ${targets.map((it) => it.name).join(", ")}.`);
  return found;
}

/** Where cargo builds. */
export const targetFolder = path.resolve(process.env.CARGO_TARGET_DIR ?? path.join(project, "target"));
/** The profile `dev` has another name as a folder. */
export const builtIn = (folder, target, profile) => path.join(folder, target.rust, profile === "dev" ? "debug" : profile);

/** Where the built program for a target lies in the folder that `build.mjs` fills. */
export const binary = (folder, target) => path.join(folder, target.name, program(target));

/** The targets whose programs are there. All have to be, unless `partial`: half a release is found out by users. */
export function built(folder, { partial = false } = {}) {
  const there = targets.filter((target) => existsSync(binary(folder, target)));
  const missing = targets.filter((target) => !there.includes(target)).map((target) => target.name);
  if (there.length === 0) fail(`There is no program in ${folder}. Run \`node packaging/build.mjs TARGET\` first.`);
  if (missing.length > 0 && !partial) fail(`${folder} lacks the programs for ${missing.join(", ")}. Build them, or add --partial to try without.`);
  return there;
}

export function copyProgram(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to);
  // An artifact that went through a store of the CI's has lost it.
  chmodSync(to, 0o755);
}

/** Runs a program with its output shown; a failure of it is ours. */
export function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  } catch (error) {
    fail(error.code === "ENOENT" ? `${command} is not installed.` : `\`${[command, ...args].join(" ")}\` failed.`);
  }
}

/** npm is a script on Windows, which only a shell starts. */
export const shell = process.platform === "win32";

export function fail(message) {
  console.error(`error: ${message}`);
  process.exit(2);
}

function field(name) {
  return new RegExp(`^${name} = "(.*)"$`, "m").exec(manifest)[1];
}
