import { posix } from 'node:path';
import { ClawBenchError } from '../domain/errors.ts';

/** Places no tool reads or writes: the verifier's, the kernel's and our own. */
const closedRoots = ['/tests', '/logs/verifier', '/solution', '/proc', '/sys', '/opt/clawbench'];

/**
 * The absolute path a tool argument names, `.` and `..` resolved.
 * Keeps an honest agent out of places that are not its own; what an agent can reach at all is the sandbox's decision.
 * @throws ClawBenchError `invalid-input` or `forbidden`.
 */
export function resolveToolPath(path: string, workdir: string | null): string {
  if (path.includes('\0')) {
    throw new ClawBenchError('invalid-input', 'the path contains a NUL character', {
      hint: 'Give a plain path.',
    });
  }
  if (!posix.isAbsolute(path) && workdir === null) {
    throw new ClawBenchError('invalid-input', `"${path.slice(0, 200)}" is a relative path`, {
      hint: 'This task has no working directory of its own: give an absolute path, beginning with "/".',
    });
  }
  const resolved = posix.resolve(workdir ?? '/', path);
  const closed = closedRoots.find((root) => resolved === root || resolved.startsWith(`${root}/`));
  if (closed) {
    throw new ClawBenchError('forbidden', `${closed} is not open to tools`, {
      hint: 'Work in the task’s own files; everything the task needs is there.',
    });
  }
  return resolved;
}
