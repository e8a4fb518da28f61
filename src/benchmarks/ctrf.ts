import { z } from 'zod';
import type { TestCounts } from '../domain/outcome.ts';

/** Bytes a test report may have before it is not read. */
export const maxReportBytes = 2 * 1_024 * 1_024;

const maxTests = 10_000;

/** The part of the Common Test Report Format (ctrf.io) that counts; whatever else a report holds is left alone. */
const reportSchema = z.object({
  results: z.object({ tests: z.array(z.object({ status: z.string().max(40) })).max(maxTests) }),
});

/** Counts the tests of a CTRF report; null when the bytes are no such report, which says nothing about the reward. */
export function countTests(bytes: Uint8Array): TestCounts | null {
  if (bytes.byteLength > maxReportBytes) return null;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) return null;
  const { tests } = parsed.data.results;
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.filter(({ status }) => status === 'failed').length;
  return { passed, failed, other: tests.length - passed - failed };
}
