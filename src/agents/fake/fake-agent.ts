import type { AgentContext, AgentDriver, AgentEvent } from '../agent-driver.ts';

/** What a fake agent plays: a list, or a function that may use the context (its session, its tools, its signal). */
export type FakePlay = readonly AgentEvent[] | ((context: AgentContext) => AsyncIterable<AgentEvent>);

/** Plays given events, for the tests of others. An abort ends it at once, like a real agent. */
export function createFakeAgent(play: FakePlay): AgentDriver {
  return { id: 'fake', needsModel: false, run: (context) => playUntilAborted(play, context) };
}

async function* playUntilAborted(play: FakePlay, context: AgentContext): AsyncGenerator<AgentEvent> {
  const aborted = Promise.withResolvers<'aborted'>();
  const abort = () => aborted.resolve('aborted');
  context.signal.addEventListener('abort', abort, { once: true });
  if (context.signal.aborted) abort();
  const events = (typeof play === 'function' ? play(context) : listed(play))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([aborted.promise, events.next()]);
      if (next === 'aborted') {
        yield { type: 'agent-end', ending: { kind: 'aborted' }, turns: 0 };
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
}

async function* listed(events: readonly AgentEvent[]): AsyncGenerator<AgentEvent> {
  yield* events;
}
