import { ClawBenchError, type ErrorCode } from '../domain/errors.ts';
import type { SealedSandbox } from '../sandboxes/sandbox.ts';

/** `changedImageFiles` names no more than this; a full list says that some are missing from it. */
const mostChangedFiles = 10_000;
const batch = 500;

/**
 * What a verifier runs on before its first own line: programs, the loader and its libraries, the interpreter with its
 * standard library and the distribution's packages, and what shells and the C library read at start.
 * Not here: what people install beside them (`site-packages`, `/opt`, `/root`), which can be the very work of a task.
 */
const trusted: readonly RegExp[] = [
  /^\/(usr\/)?(local\/)?s?bin\//,
  /^\/(usr\/)?(local\/)?lib(32|64|x32)?\/(.+\/)?[^/]+\.so(\.[^/]*)?$/,
  /^\/usr\/lib\/python3[^/]*\//,
  /^\/usr\/local\/lib\/python3[^/]*\/(?!site-packages\/|dist-packages\/)/,
  /^\/etc\/(ld\.so\.(cache|conf|preload)$|ld\.so\.conf\.d\/)/,
  /^\/etc\/(profile|bash\.bashrc|environment|nsswitch\.conf)$/,
  /^\/etc\/(profile\.d|python3[^/]*|alternatives)\//,
];

/**
 * Whether an agent can have changed the image's programs: as root, or as the image's own user, who may be root. A named
 * user cannot, and comparing a whole image takes longer than many a verification.
 */
export function mayBeRoot(agentUser: string | null): boolean {
  return agentUser === null || /^(root|0+)(:|$)/.test(agentUser);
}

/** Whether a verifier relies on the image's file at this absolute path. */
export function isTrustedFile(path: string): boolean {
  return trusted.some((pattern) => pattern.test(path));
}

/** What a provider answers when the files themselves stand in the way, which only the agent can have brought about. */
const agentsDoing: ReadonlySet<ErrorCode> = new Set(['limit-reached', 'forbidden', 'invalid-input']);

/**
 * Puts back the image's own files that a verifier relies on. Returns why the sandbox cannot be trusted, or null.
 * An agent that changed more files than can be listed or put back gets no benefit of the doubt.
 */
export async function restoreTrustedFiles(sandbox: SealedSandbox): Promise<string | null> {
  try {
    return await restore(sandbox);
  } catch (thrown) {
    const error = ClawBenchError.from(thrown);
    if (agentsDoing.has(error.code)) return error.message;
    throw error;
  }
}

async function restore(sandbox: SealedSandbox): Promise<string | null> {
  const changed = await sandbox.changedImageFiles();
  if (changed.length >= mostChangedFiles) {
    return `${mostChangedFiles} or more files of the image were changed, so its programs cannot be trusted`;
  }
  const paths = changed.filter(isTrustedFile);
  for (let start = 0; start < paths.length; start += batch) {
    await sandbox.restoreImageFiles(paths.slice(start, start + batch));
  }
  return null;
}
