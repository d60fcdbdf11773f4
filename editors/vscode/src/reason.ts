// VS Code's menu shows disabled actions, but not why: the reason becomes part of the title.

/** `Close increment X` and `X cannot be closed yet: …` name X once. */
export function withReason(title: string, reason: string): string {
  const [subject = "", ...rest] = reason.replace(/\.$/, "").split(" ");
  return `${title} (${(title.endsWith(` ${subject}`) ? rest : [subject, ...rest]).join(" ")})`;
}
