import assert from "node:assert/strict";

export async function until<T>(what: string, look: () => Promise<T> | T, limit = 40_000): Promise<NonNullable<T>> {
  const start = Date.now();
  for (;;) {
    let seen: unknown;
    try {
      const value = await look();
      if (value) return value;
      seen = value;
    } catch (error) {
      seen = error instanceof Error ? error.message : error;
    }
    if (Date.now() - start > limit) assert.fail(`waited ${limit} ms for ${what}; last seen: ${String(seen)}`);
    await pause();
  }
}

/** Between two looks. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
