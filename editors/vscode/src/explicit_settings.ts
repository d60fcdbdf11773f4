// What the user has set, and nothing else: a default of VS Code's that is sent would hide what the project's own file says.

export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** The settings of these names (`diagnostics.severity`) as a tree, each as far as somebody has set it. */
export function explicitSettings(names: readonly string[], inspect: (name: string) => Inspected | undefined): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    const value = explicitSetting(inspect(name));
    if (value !== undefined) put(settings, name.split("."), value);
  }
  return settings;
}

/** The nearest place that says something; objects are put together from all places, as VS Code does it. */
export function explicitSetting(inspected: Inspected | undefined): unknown {
  const set = [inspected?.globalValue, inspected?.workspaceValue, inspected?.workspaceFolderValue].filter((value) => value !== undefined);
  return set.length > 0 && set.every(isObject) ? Object.assign({}, ...set) : set.at(-1);
}

function put(tree: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const below = isObject(tree[first]) ? tree[first] : {};
  tree[first] = below;
  put(below, rest, value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
