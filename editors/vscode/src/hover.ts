// VS Code shows the findings at a place above the hover: what they say is not said again below.

/** The server's text without the line that says what both files say. */
export function withoutStatuses(markdown: string): string {
  const says = (paragraph: string) => /^\[spec\.md\]\(.*\): .* ≠ \[metadata\.json\]\(.*\): /.test(paragraph);
  return markdown.split("\n\n").filter((paragraph) => !says(paragraph)).join("\n\n");
}
