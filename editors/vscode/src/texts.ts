// What is shown at run time, in the language of the editor. VS Code's own function is handed in: the files that use this one
// are tested without it. l10n/bundle.l10n.json holds the texts for translators; a test compares.

type Translate = (message: string, ...values: (string | number)[]) => string;

let translate: Translate = (message, ...values) => message.replaceAll(/\{(\d+)\}/g, (_, at) => String(values[Number(at)] ?? ""));

export function useTranslations(of: Translate): void {
  translate = of;
}

/** The text, with `{0}`, `{1}` … replaced. */
export function t(message: string, ...values: (string | number)[]): string {
  return translate(message, ...values);
}
