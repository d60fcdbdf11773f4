// Increments for tests.

import fs from "node:fs";
import path from "node:path";

export const incident = "0047-us-task-linkage";

export interface Increment {
  spec: string;
  metadata: string;
  title?: string;
  /** Done and all. */
  tasks?: [number, number];
  criteria?: [number, number];
}

export function write(folder: string, id: string, increment: Increment): void {
  const at = path.join(folder, ".specweave/increments", id);
  fs.mkdirSync(at, { recursive: true });
  fs.writeFileSync(path.join(at, "spec.md"), specText(id, increment));
  fs.writeFileSync(path.join(at, "metadata.json"), metadataText(id, increment.metadata));
  const [done, all] = increment.tasks ?? [0, 0];
  if (all > 0) fs.writeFileSync(path.join(at, "tasks.md"), "# Tasks\n\n" + numbered(all, (n) => `### T-0${n}: Task ${n}\n**Status**: [${Number(n) <= done ? "x" : " "}]\n`));
}

function specText(id: string, { spec, title = "Link user stories and tasks", criteria: [done, all] = [0, 0] }: Increment): string {
  const criteria = numbered(all, (n) => `- [${Number(n) <= done ? "x" : " "}] **AC-US1-${n}**: The thing holds.\n`);
  return `---
increment: ${id}
title: "${title}"
status: ${spec}   # set by hand
priority: P1
created: 2025-11-${String(10 + (Number(id.slice(0, 4)) % 20)).padStart(2, "0")}
---

# ${title}

## Acceptance criteria

${criteria}`;
}

function metadataText(id: string, status: string): string {
  return `{
  "id": "${id}",
  "status": "${status}",
  "type": "feature",
  "created": "2025-11-19T08:00:00.000Z",
  "lastActivity": "2025-11-20T09:30:00.000Z"
}
`;
}

function numbered(count: number, line: (number: string) => string): string {
  return Array.from({ length: count }, (_, index) => line(String(index + 1).padStart(2, "0"))).join("");
}

export function read(folder: string, id: string, file: "spec.md" | "metadata.json"): string {
  return fs.readFileSync(path.join(folder, ".specweave/increments", id, file), "utf8");
}

/** The two statuses on disk. */
export function onDisk(folder: string, id: string): [string, string] {
  const spec = /^status: (\S+)/m.exec(read(folder, id, "spec.md"))?.[1] ?? "";
  const metadata = JSON.parse(read(folder, id, "metadata.json")) as { status: string };
  return [spec, metadata.status];
}
