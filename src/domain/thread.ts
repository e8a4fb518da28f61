import { ClawBenchError } from './errors.ts';

/** One issue or pull request conversation. */
export interface Thread {
  readonly owner: string;
  readonly repo: string;
  readonly kind: 'issue' | 'pr';
  readonly number: number;
}

/** `gh:owner/repo#pr:17`, the form stored and logged. */
export function formatThread(thread: Thread): string {
  return `gh:${thread.owner}/${thread.repo}#${thread.kind}:${thread.number}`;
}

const form = /^gh:([\w.-]+)\/([\w.-]+)#(issue|pr):([1-9]\d{0,9})$/;

/** @throws ClawBenchError `invalid-input` when `text` is not the form {@link formatThread} writes. */
export function parseThread(text: string): Thread {
  const [, owner, repo, kind, number] = form.exec(text) ?? [];
  if (owner && repo && number) {
    return { owner, repo, kind: kind === 'pr' ? 'pr' : 'issue', number: Number(number) };
  }
  throw new ClawBenchError('invalid-input', `"${text.slice(0, 80)}" is not a thread`, {
    hint: 'A thread looks like gh:owner/repo#pr:17 or gh:owner/repo#issue:17.',
  });
}
