import type { NetworkPolicy } from '../domain/network-policy.ts';

/** What a provider can do, as data, so that a task it cannot serve is refused before anything is started or paid for. */
export interface SandboxCapabilities {
  readonly networkModes: readonly NetworkPolicy['mode'][];
  /** Can build an image from a Dockerfile context. */
  readonly build: boolean;
  readonly maxMemoryMb: number;
  readonly maxCpus: number;
}

/** Whether the provider can start sandboxes right now; `reason` and `hint` are for people. */
export type Preflight =
  | { readonly kind: 'ready'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly hint: string };

/** An image that is present at the provider, pinned by what it contains. */
export interface SandboxImage {
  readonly reference: string;
  /** Content id at the provider, `sha256:…`. */
  readonly digest: string;
}

/** Build context of an image: file paths relative to its root, and their bytes. */
export interface BuildContext {
  /** `sha256:` over the files; equal digests are the same image, which is then not built again. */
  readonly digest: string;
  /** Short name people see, for example `entry-test-fix-sum`. */
  readonly name: string;
  readonly files: readonly ArchiveFile[];
  readonly timeoutMs: number;
}

/** One file to place or found. Paths are relative, `/`-separated and never leave their root. */
export interface ArchiveFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Unix permission bits, default 0o644. */
  readonly mode?: number;
}

/** Everything a sandbox is created from. */
export interface SandboxSpec {
  readonly image: SandboxImage;
  /** Ids for labels and names, so that a sweep can tell whose sandbox it is. */
  readonly owner: SandboxOwner;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly pids: number;
  readonly network: NetworkPolicy;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | null;
  /** User of the agent's session: name or uid; null means the image's own. */
  readonly agentUser: string | null;
  /** Endpoints `gateway`, `allowlist` sandboxes reach: name to loopback TCP port inside and the host's URL outside. */
  readonly endpoints: readonly SandboxEndpoint[];
}

export interface SandboxEndpoint {
  /** Loopback port inside the sandbox. */
  readonly port: number;
  /** `http://127.0.0.1:PORT` on this host that connections are carried to. */
  readonly target: string;
}

/** Whose sandbox it is. `instance` is the installation, so that two services on one engine never sweep each other. */
export interface SandboxOwner {
  readonly instance: string;
  readonly runId: string;
  readonly trialId: string;
  /** Fencing token of the lease it was made under. */
  readonly leaseToken: number;
}

/** A command to run in a sandbox. */
export interface ExecSpec {
  /** Run by `/bin/sh -c` (or the provider's own shell where the image has none). */
  readonly command: string;
  readonly cwd?: string;
  /** Added to the session's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array;
  /** Milliseconds; then the whole process tree is killed inside the sandbox. */
  readonly timeoutMs: number;
  /** Bytes kept of stdout and stderr together; more is read and dropped, and the command goes on. */
  readonly maxOutputBytes: number;
  /** Aborting kills the process tree, like the timeout. */
  readonly signal?: AbortSignal;
  /** Called with each chunk that is kept, in order. */
  readonly onOutput?: (chunk: ExecChunk) => void;
}

export interface ExecChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** How a command ended. `droppedBytes` > 0 says that output was cut. */
export interface ExecResult {
  readonly ending: 'exited' | 'timed-out' | 'aborted';
  /** Exit status; 128 + signal when killed; null unless `ending` is `exited`. */
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly droppedBytes: number;
  readonly durationMs: number;
}

/**
 * Files and processes of one sandbox as one user: all that a tool or an agent driver is ever handed.
 * Methods reject with ClawBenchError: `unavailable` when the sandbox itself is gone or broken (ours, retryable),
 * `invalid-input`, `not-found` or `forbidden` for a path (theirs). What a command does is in its result, never an error.
 */
export interface SandboxSession {
  exec(spec: ExecSpec): Promise<ExecResult>;
  /** Bytes of a regular file, at most `maxBytes`, from `offset`. */
  readFile(path: string, window: { readonly offset?: number; readonly maxBytes: number }): Promise<FileSlice>;
  /** Creates or replaces a file, with its parent directories, in one step: a reader sees the old or the new content. */
  writeFile(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** Places files below the absolute directory `root`, which is created when missing. */
  upload(root: string, files: readonly ArchiveFile[]): Promise<void>;
  /** Regular files below `root`; links and devices are left out; rejects with `limit-reached` over `maxBytes` in total. */
  download(
    root: string,
    limits: { readonly maxBytes: number; readonly maxFiles: number },
  ): Promise<readonly ArchiveFile[]>;
}

export interface FileSlice {
  readonly bytes: Uint8Array;
  /** Size of the whole file. */
  readonly size: number;
}

/**
 * A started sandbox. Whoever created it must `remove` it.
 * The agent's side and the verifier's side are different types: root exists only after `seal`.
 */
export interface Sandbox {
  readonly id: string;
  readonly image: SandboxImage;
  /** Files and processes as the agent's user. */
  session(): SandboxSession;
  /**
   * Ends every process in the sandbox for good (the process namespace is destroyed, so nothing can outrun it) and cuts
   * the network. Sessions handed out before reject from then on. May be called once.
   */
  seal(): Promise<SealedSandbox>;
  /** Stops and deletes the sandbox and all it held, in under a second; a second call does nothing. */
  remove(): Promise<void>;
}

/** A sandbox in which nothing of the agent runs any more. */
export interface SealedSandbox {
  /** Files and processes as root, by a shell and tools the agent could not touch. */
  readonly session: SandboxSession;
  /**
   * Files that came with the image and no longer are what they were (changed or deleted),
   * absolute paths, at most 10,000: what a verifier must not trust.
   */
  changedImageFiles(): Promise<readonly string[]>;
  /** Puts the named files back as the image had them. */
  restoreImageFiles(paths: readonly string[]): Promise<void>;
}

/** A sandbox found at the provider, for the sweep. */
export interface FoundSandbox {
  readonly id: string;
  readonly owner: SandboxOwner;
  readonly createdAt: number;
}

/** Port of a sandbox family member: Docker, and later Daytona, E2B, Modal and browsers. */
export interface SandboxProvider {
  readonly id: string;
  readonly capabilities: SandboxCapabilities;
  /** Never rejects: trouble is `unavailable` with its reason. */
  preflight(): Promise<Preflight>;
  /** Makes an image present; `onProgress` gets one human line at a time. Rejects with `unavailable` or `invalid-input` (a Dockerfile that fails). */
  pullImage(reference: string, onProgress: (line: string) => void): Promise<SandboxImage>;
  buildImage(context: BuildContext, onProgress: (line: string) => void): Promise<SandboxImage>;
  /** Creates and starts. Rejects with `unavailable` (nothing is left behind then) or `unsupported` (a capability is missing). */
  create(spec: SandboxSpec): Promise<Sandbox>;
  /** Every sandbox of `instance`, running or not. */
  list(instance: string): Promise<readonly FoundSandbox[]>;
  /** Removes a sandbox by id; one that is gone already is success. */
  removeById(id: string): Promise<void>;
}
