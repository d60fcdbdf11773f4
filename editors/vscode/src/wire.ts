// What the server tells beside the standard protocol. Nothing here imports vscode, so it can be tested without it.

export interface Progress {
  done: number;
  total: number;
}

/** SpecWeave's own statuses. */
export type Canonical = "planning" | "active" | "backlog" | "paused" | "ready_for_review" | "completed" | "abandoned";

export interface StatusWords {
  status: Canonical;
  title: string;
  /** What it says of an increment, in a few words. */
  says: string;
  /** SpecWeave keeps a reason with it. */
  takesReason: boolean;
}

/** What `specweave/increments` answers. */
export interface IncrementsPage {
  increments: Increment[];
  statuses: StatusWords[];
  /** The `from` of the next page. */
  next?: number | null;
}

/** One entry of it. */
export interface Increment {
  id: string;
  /** `0087 Auth Security Hardening`: what it is called in lists. */
  name: string;
  /** URI of the project's folder. */
  root: string;
  /** URI of the increment's own folder. */
  folder: string;
  title: string | null;
  status: string | null;
  metadataStatus: string | null;
  /** The status that its word stands for; null for a word that is none. */
  meaning: Canonical | null;
  desync: boolean;
  open: boolean;
  created: string | null;
  tasks: Progress | null;
  criteria: Progress | null;
  /** The statuses one step away; `completed` is closing. */
  next: Canonical[];
}

export interface OpenIncrement {
  id: string;
  name: string;
  folder: string;
  title: string | null;
  status: string | null;
  metadataStatus: string | null;
  meaning: Canonical | null;
  desync: boolean;
  tasks: Progress | null;
  criteria: Progress | null;
}

export interface Project {
  root: string;
  open: OpenIncrement[];
  /** Open or not. */
  desynced: Pick<OpenIncrement, "id" | "name" | "folder" | "status" | "metadataStatus">[];
  /** Errors and warnings count increments with such a finding, desyncs aside. */
  counts: { increments: number; open: number; desyncs: number; errors: number; warnings: number };
}

/** The notification and the answer `specweave/status`. */
export interface Status {
  projects: Project[];
  text: string;
  /** For screen readers: plain words, at most 120 characters. */
  label: string;
  severity: "error" | "information";
  tooltip: string;
}

/** The answer `specweave/evidence`: facts about either side of a desync. */
export interface Evidence {
  spec: string | null;
  metadata: string | null;
  work: string;
}

/** What a command answers that changed something. */
export interface Changed {
  changed?: { increment: string; status: string }[];
}

/** The notification `specweave/applied`: a change that the server has seen arrive in all its files. */
export interface Applied {
  title: string;
  files: AppliedFile[];
}

export interface AppliedFile {
  uri: string;
  /** The version that holds the change; null for a file that no editor had open. */
  version: number | null;
  /** The document had unsaved changes of the user's besides ours. */
  otherChanges: boolean;
}

/** Announced so that the server sends the notifications above. */
export const capabilities = { specweaveStatus: true, specweaveIncrements: true, specweaveApplied: true };
