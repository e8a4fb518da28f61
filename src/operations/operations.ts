import { operations, type OperationName, type OperationOutput } from '../contract/operations.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { ToolDesk } from '../control-plane/tool-desk.ts';
import { parseRunId, type IdSource } from '../domain/ids.ts';
import type { Caller } from './caller.ts';
import { EventEncoder, type EncodedEvent } from './event-encoder.ts';
import { admit, type Handlers } from './handler.ts';
import { createRunHandlers, findRun } from './run-handlers.ts';
import { createToolHandlers } from './tool-handlers.ts';

/** Encoded events kept for the next follower; at the usual size some MiB. */
const keptEvents = 4_000;

export interface OperationDeps {
  readonly controlPlane: ControlPlane;
  readonly desk: ToolDesk;
  readonly ids: IdSource;
}

/** Every row of the operations table, ready to be called in somebody's name. The only door the edges have. */
export interface Operations {
  /**
   * Checks rights and input, then does it.
   * @throws ClawBenchError `forbidden`, `invalid-input`, `not-found` and what the operation itself can meet.
   */
  call<Name extends OperationName>(
    name: Name,
    caller: Caller,
    input: unknown,
  ): Promise<OperationOutput<Name>>;
  /**
   * Events of a run after `input.after`: history first, then live ones in the same order, until the run is over or
   * `signal` aborts. Rejects like `call` before the first event.
   */
  followEvents(caller: Caller, input: unknown, signal: AbortSignal): Promise<AsyncIterable<EncodedEvent>>;
}

export function createOperations(deps: OperationDeps): Operations {
  const handlers: Handlers = {
    ...createRunHandlers(deps.controlPlane, deps.ids),
    ...createToolHandlers(deps.desk),
  };
  const encoder = new EventEncoder(keptEvents);
  return {
    async call(name, caller, input) {
      return handlers[name](caller, input);
    },
    async followEvents(caller, input, signal) {
      const { runId, after } = admit(operations.read_events, caller, input);
      await findRun(deps.controlPlane, runId);
      return encodeAll(deps.controlPlane.followEvents(parseRunId(runId), after, signal), encoder);
    },
  };
}

async function* encodeAll(
  events: ReturnType<ControlPlane['followEvents']>,
  encoder: EventEncoder,
): AsyncIterable<EncodedEvent> {
  for await (const logged of events) yield encoder.encode(logged);
}
