const template = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ownPrefix = 'CLAWBENCH_';

/**
 * Fills `${NAME}` and `${NAME:-default}` in a task's variables from `hostVariables` only: the host's environment is
 * never read, so a task cannot ask for a secret nobody meant to give it. `fault` gets the variable and what is wrong.
 */
export function resolveTemplates(
  values: Readonly<Record<string, string>>,
  hostVariables: Readonly<Record<string, string>>,
  fault: (name: string, message: string) => void,
): Readonly<Record<string, string>> {
  const resolved: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!variableName.test(name)) fault(name, 'is not a name of a variable');
    if (name.startsWith(ownPrefix))
      fault(name, `begins with ${ownPrefix}, which is kept for ClawBench itself`);
    if (value.includes('\0')) fault(name, 'holds a NUL character');
    resolved[name] = value.replace(template, (_whole, wanted: string, fallback: string | undefined) => {
      const given = Object.hasOwn(hostVariables, wanted) ? hostVariables[wanted] : fallback;
      if (given === undefined)
        fault(name, `needs the host's variable ${wanted}, which tasks are not allowed to read`);
      return given ?? '';
    });
  }
  return resolved;
}
