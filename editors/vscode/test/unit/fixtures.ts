import type { Canonical, Increment, Status } from "../../src/wire.ts";

/** A few of the words that the server knows. */
const meanings: Record<string, Canonical> = { planned: "planning", done: "completed" };
const canonical = ["planning", "active", "backlog", "paused", "ready_for_review", "completed", "abandoned"] as const;

function meaningOf(word: string | null): Canonical | null {
  return canonical.find((status) => status === word) ?? meanings[word ?? ""] ?? null;
}

export function increment(id: string, status: string | null, more: Partial<Increment> = {}): Increment {
  const metadataStatus = more.metadataStatus === undefined ? status : more.metadataStatus;
  return {
    id,
    name: `${id.replace(/^(\d+)-.*/, "$1")} ${more.title ?? id.replace(/^\d+-/, "")}`,
    root: "file:///project",
    folder: `file:///project/.specweave/increments/${id}`,
    title: null,
    status,
    metadataStatus,
    meaning: meaningOf(status ?? metadataStatus),
    desync: status !== metadataStatus,
    open: ["active", "planning", "backlog", "ready_for_review"].includes(status ?? ""),
    created: null,
    tasks: null,
    criteria: null,
    next: ["paused"],
    ...more,
  };
}

/** What the server would say of these. */
export function status(increments: Increment[], text: string, severity: Status["severity"] = "information"): Status {
  const open = increments.filter((one) => one.open);
  const desynced = increments.filter((one) => one.desync);
  const counts = { increments: increments.length, open: open.length, desyncs: desynced.length, errors: 0, warnings: 0 };
  return { projects: [{ root: "file:///project", open, desynced, counts }], text, severity, label: "what the server says", tooltip: "" };
}
