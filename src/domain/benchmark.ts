import { ClawBenchError } from './errors.ts';

/** The complete public catalog; adding a fifth family is a decision of the project's owners, not of a pull request. */
export const benchmarkIds = ['terminal-bench', 'swe-bench-verified', 'entry-test', 'web-tasks'] as const;

export type BenchmarkId = (typeof benchmarkIds)[number];

export function isBenchmarkId(text: string): text is BenchmarkId {
  return benchmarkIds.some((id) => id === text);
}

/** One family as users see it. */
export interface CatalogEntry {
  readonly id: BenchmarkId;
  readonly title: string;
  readonly summary: string;
}

export const catalog: readonly CatalogEntry[] = [
  {
    id: 'terminal-bench',
    title: 'Terminal Bench',
    summary: 'long tasks in a terminal, in the format of Terminal-Bench 2',
  },
  {
    id: 'swe-bench-verified',
    title: 'SWE-Bench Verified',
    summary: 'real GitHub issues, judged by the tests of the fixing pull request',
  },
  {
    id: 'entry-test',
    title: 'ClawBench Entry Test',
    summary: 'small tasks that prove an agent, its tools and its trace work end to end',
  },
  { id: 'web-tasks', title: 'Web Tasks Benchmark', summary: 'tasks in a browser on sites we control' },
];

/** What a person writes: `entry-test` or `entry-test@1`; without a version the newest installed pack is meant. */
export interface PackRef {
  readonly benchmark: string;
  readonly version: string | undefined;
}

/** @throws ClawBenchError `invalid-input` when `text` is not `<benchmark>` or `<benchmark>@<version>`. */
export function parsePackRef(text: string): PackRef {
  const match = /^([a-z][a-z0-9-]{0,63})(?:@([A-Za-z0-9][A-Za-z0-9._-]{0,63}))?$/.exec(text);
  if (!match?.[1]) {
    throw new ClawBenchError('invalid-input', `"${text.slice(0, 80)}" does not name a bench pack`, {
      hint: 'Write a benchmark and, if you want, a version: entry-test or entry-test@1.',
    });
  }
  return { benchmark: match[1], version: match[2] };
}

/** An installed, digest-pinned set of tasks of one benchmark. */
export interface PackIdentity {
  readonly benchmark: BenchmarkId;
  readonly version: string;
  /** `sha256:` over the digests of its tasks. */
  readonly digest: string;
}

/** `entry-test@1`. */
export function formatPack(pack: Pick<PackIdentity, 'benchmark' | 'version'>): string {
  return `${pack.benchmark}@${pack.version}`;
}
