import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countTests, maxReportBytes } from './ctrf.ts';

const report = (statuses: readonly string[]): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      results: { tool: { name: 'pytest' }, tests: statuses.map((status) => ({ name: 't', status })) },
    }),
  );

test('counts the tests by how they ended', () => {
  expect(countTests(report(['passed', 'failed', 'passed', 'skipped', 'pending']))).toEqual({
    passed: 2,
    failed: 1,
    other: 2,
  });
});

test('the summary a report makes of itself is not believed', () => {
  const boasting = { results: { summary: { tests: 9, passed: 9 }, tests: [{ status: 'failed' }] } };
  expect(countTests(Buffer.from(JSON.stringify(boasting)))).toEqual({ passed: 0, failed: 1, other: 0 });
});

test.each([
  '',
  'null',
  '{}',
  '{"results": []}',
  '{"results": {"tests": [{}]}}',
  '{"results": {"tests": {"length": 3}}}',
])('says nothing about %j', (text) => {
  expect(countTests(Buffer.from(text))).toBeNull();
});

test('a report without end is not read', () => {
  expect(countTests(new Uint8Array(maxReportBytes + 1))).toBeNull();
  expect(countTests(report(Array.from({ length: 10_001 }, () => 'passed')))).toBeNull();
});

test('counts add up, whatever the statuses are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 50 }), (statuses) => {
      const { passed, failed, other } = countTests(report(statuses)) ?? { passed: 0, failed: 0, other: -1 };
      expect(passed + failed + other).toBe(statuses.length);
    }),
  );
});
