import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roleAllows, roles } from './access.ts';
import { assertAgentName, testerAgentName } from './agent-identity.ts';
import { formatPack, isBenchmarkId, parsePackRef } from './benchmark.ts';
import { ClawBenchError } from './errors.ts';
import { parseRunId, parseTrialId } from './ids.ts';
import { formatModel, parseModel } from './model.ts';
import { formatThread, parseThread } from './thread.ts';

describe('agent names', () => {
  test.each(['Codex', 'OpenCode', 'Claude-Code', 'my_agent.v2', testerAgentName])(
    '%s names a participant',
    (name) => {
      expect(() => assertAgentName(name)).not.toThrow();
    },
  );

  test.each([
    ['gpt-5.5-agent', /carries a model/],
    ['agent_claude-sonnet', /carries a model/],
    ['canary-2026', /label of one run/],
    ['nightly_agent', /label of one run/],
    ['', /cannot be an agent name/],
    ['a b', /cannot be an agent name/],
    ['x'.repeat(41), /cannot be an agent name/],
    ['<script>', /cannot be an agent name/],
  ])('%j is refused, with what to do instead', (name, reason) => {
    const refuse = (): void => assertAgentName(name);
    expect(refuse).toThrow(reason);
    expect(refuse).toThrow(ClawBenchError);
  });
});

describe('bench packs', () => {
  test('a version is optional', () => {
    expect(parsePackRef('entry-test')).toEqual({ benchmark: 'entry-test', version: undefined });
    expect(parsePackRef('terminal-bench@2.0')).toEqual({ benchmark: 'terminal-bench', version: '2.0' });
    expect(formatPack({ benchmark: 'entry-test', version: '1' })).toBe('entry-test@1');
  });

  test.each(['', '@1', 'Entry Test', 'entry-test@', 'entry-test@../..', 'a'.repeat(80)])(
    '%j is refused',
    (text) => {
      expect(() => parsePackRef(text)).toThrow(/does not name a bench pack/);
    },
  );

  test('the catalog is closed', () => {
    expect(isBenchmarkId('entry-test')).toBe(true);
    expect(isBenchmarkId('my-bench')).toBe(false);
  });
});

describe('ids', () => {
  test('lower case and spaces around are forgiven, anything else is named', () => {
    expect(parseRunId(' 01k0v5z3qk6m1t6e0g2q1n4w7b ')).toBe('01K0V5Z3QK6M1T6E0G2Q1N4W7B');
    expect(() => parseRunId('42')).toThrow('"42" is not a run id');
    expect(() => parseTrialId('01K0V5Z3QK6M1T6E0G2Q1N4W7U')).toThrow('not a trial id');
  });
});

describe('threads', () => {
  test('what is written is read back', () => {
    const name = fc.stringMatching(/^[\w.-]{1,39}$/);
    fc.assert(
      fc.property(
        name,
        name,
        fc.constantFrom('issue' as const, 'pr' as const),
        fc.integer({ min: 1, max: 999_999_999 }),
        (owner, repo, kind, number) => {
          const thread = { owner, repo, kind, number };
          expect(parseThread(formatThread(thread))).toEqual(thread);
        },
      ),
    );
  });

  test.each(['gh:a/b#pr:0', 'gh:a/b#17', 'a/b#pr:17', 'gh:a/b/c#pr:17', 'gh:a/b#pr:17 '])(
    '%j is refused',
    (text) => {
      expect(() => parseThread(text)).toThrow(/is not a thread/);
    },
  );
});

describe('models', () => {
  test('a provider we know and an id', () => {
    const model = parseModel('anthropic/claude-sonnet-4-5');
    expect(model).toEqual({ provider: 'anthropic', id: 'claude-sonnet-4-5' });
    expect(model && formatModel(model)).toBe('anthropic/claude-sonnet-4-5');
  });

  test.each(['claude', 'nobody/claude', 'anthropic/', 'anthropic/a b'])('%j is refused', (text) => {
    expect(parseModel(text)).toBeUndefined();
  });
});

test('a role allows itself and everything below it', () => {
  for (const [index, role] of roles.entries()) {
    expect(roles.filter((required) => roleAllows(role, required))).toEqual(roles.slice(0, index + 1));
  }
});
