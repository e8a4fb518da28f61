import { z } from 'zod';
import type { OperationName, OperationNeeds, OperationOutput } from '../contract/operations.ts';
import type { TrialScope } from '../control-plane/tool-desk.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { mayUse, type Caller } from './caller.ts';

/** One handler a row: a missing one does not compile. */
export type Handlers = {
  readonly [Name in OperationName]: (caller: Caller, input: unknown) => Promise<OperationOutput<Name>>;
};

interface GuardedRow<Input extends z.ZodObject> {
  readonly needs: OperationNeeds;
  readonly input: Input;
}

/** A handler that first checks the caller's rights and the input. */
export function handle<Input extends z.ZodObject, Output>(
  row: GuardedRow<Input>,
  work: (input: z.output<Input>, caller: Caller) => Promise<Output>,
): (caller: Caller, input: unknown) => Promise<Output> {
  return async (caller, input) => work(admit(row, caller, input), caller);
}

/** The same for a row that only the agent of a running trial may use. */
export function handleForTrial<Input extends z.ZodObject, Output>(
  row: GuardedRow<Input> & { readonly needs: 'trial' },
  work: (scope: TrialScope, input: z.output<Input>) => Promise<Output>,
): (caller: Caller, input: unknown) => Promise<Output> {
  return async (caller, input) => {
    const parsed = admit(row, caller, input);
    if (caller.kind !== 'trial') throw notAllowed();
    return work(caller.scope, parsed);
  };
}

/** @throws ClawBenchError `forbidden` or `invalid-input`, which names each field that is wrong. */
export function admit<Input extends z.ZodObject>(
  row: GuardedRow<Input>,
  caller: Caller,
  input: unknown,
): z.output<Input> {
  if (!mayUse(caller, row.needs)) throw notAllowed();
  const parsed = row.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 5).map(({ path, message }) => {
    const field = path.map(String).join('.').slice(0, 80);
    return field ? `${field}: ${message}` : message;
  });
  throw new ClawBenchError('invalid-input', faults.join('; ').slice(0, 600), {
    hint: `Fields: ${Object.keys(row.input.shape).join(', ') || 'none'}.`,
  });
}

function notAllowed(): ClawBenchError {
  return new ClawBenchError('forbidden', 'this needs more rights than the request has', {
    hint: 'Send the operator’s token as "Authorization: Bearer …".',
  });
}
