import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ClawBenchError } from '../../domain/errors.ts';
import { ReplyScanner, type ToolReply } from './reply-scanner.ts';
import { quoteForTools } from './shell-quoting.ts';
import { StreamDemultiplexer } from './stream-demultiplexer.ts';

/** One command for the tool server. */
export interface ToolCall {
  /** Program and arguments that run `command`, split at spaces. */
  readonly shell: string;
  readonly directory: string;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array;
}

/** How a call ended: by itself, without a place for its input, or with the whole channel, before or after the command began. */
export type ToolCallEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'input-refused' }
  | { readonly kind: 'channel-closed'; readonly begun: boolean };

type OutputSink = (stream: 'stdout' | 'stderr', bytes: Buffer) => void;

/** Input larger than this must go by files: it is kept in the sandbox's memory while the command runs. */
export const maxStdinBytes = 8 * 1024 * 1024;

/** A request is read byte by byte by a shell and ends in one argument, which Linux limits to 128 KiB. */
const maxRequestBytes = 120 * 1024;

/** Longest wait for the tool server to say that it is ready for the next command. */
const idleTimeoutMs = 10_000;

interface RunningCall {
  readonly sink: OutputSink;
  readonly finish: (end: ToolCallEnd) => void;
  readonly exitedStreams: Set<string>;
  readonly endedStreams: Set<string>;
  begun: boolean;
  inputPending: boolean;
  killPending: boolean;
  finished: boolean;
}

/**
 * The service's end of a tool server: one command at a time over one attach or exec stream of the Engine.
 * Nothing that arrives is trusted beyond the form of the protocol; a malformed stream closes the channel.
 */
export class ToolChannel {
  readonly #socket: Duplex;
  readonly #demultiplexer: StreamDemultiplexer;
  readonly #scanners: Record<'stdout' | 'stderr', ReplyScanner>;
  #call: RunningCall | null = null;
  #whenIdle: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly #whenClosed = Promise.withResolvers<void>();
  #closed = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#scanners = { stdout: this.#scanner('stdout'), stderr: this.#scanner('stderr') };
    this.#demultiplexer = new StreamDemultiplexer((stream, bytes) => this.#scanners[stream].push(bytes));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.close());
    socket.on('end', () => this.close());
    socket.on('close', () => this.close());
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Resolves when the stream has ended, for whatever reason. */
  get closed(): Promise<void> {
    return this.#whenClosed.promise;
  }

  /** Waits until the tool server answers. @throws ClawBenchError `unavailable` when it does not in time. */
  async greet(timeoutMs: number): Promise<void> {
    const { nonce, ended } = this.#begin(() => {});
    this.#send(`hello ${nonce}\n`);
    await this.#idleWithin(timeoutMs);
    void ended;
  }

  /** Makes loopback ports inside lead to the sockets of the same numbers. */
  async listen(ports: readonly number[], timeoutMs: number): Promise<void> {
    this.#send(`listen ${ports.join(' ')}\n`);
    await this.greet(timeoutMs);
  }

  /**
   * Runs one command; resolves as soon as its status is known. The channel takes the next call after `idle`.
   * @throws ClawBenchError `invalid-input` for what cannot be passed to a command.
   */
  async run(call: ToolCall, sink: OutputSink): Promise<ToolCallEnd> {
    if (this.#call) throw new ClawBenchError('internal', 'a tool channel was asked for two commands at once');
    const request = requestOf(call);
    const { nonce, ended } = this.#begin(sink, call.stdin.length > 0);
    this.#send(`call ${nonce} ${call.stdin.length} ${request}\n`);
    if (call.stdin.length > 0) this.#send(call.stdin);
    return ended;
  }

  /** Kills the process tree of the running command; nothing happens when there is none. */
  kill(): void {
    if (!this.#call || this.#call.finished) return;
    if (this.#call.inputPending) this.#call.killPending = true;
    else this.#send('kill_call\n');
  }

  /** Resolves when the next command may be run; closes the channel when that takes too long. */
  async idle(): Promise<void> {
    if (this.#call) await this.#idleWithin(idleTimeoutMs).catch(() => this.close());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#call?.finish({ kind: 'channel-closed', begun: this.#call.begun });
    this.#call = null;
    this.#whenIdle.resolve();
    this.#whenClosed.resolve();
  }

  #begin(sink: OutputSink, inputPending = false): { nonce: string; ended: Promise<ToolCallEnd> } {
    const nonce = randomBytes(16).toString('hex');
    const { promise, resolve } = Promise.withResolvers<ToolCallEnd>();
    this.#whenIdle = Promise.withResolvers<void>();
    const call: RunningCall = {
      sink,
      finish: (end) => {
        call.finished = true;
        resolve(end);
      },
      exitedStreams: new Set(),
      endedStreams: new Set(),
      begun: false,
      inputPending,
      killPending: false,
      finished: false,
    };
    if (this.#closed) call.finish({ kind: 'channel-closed', begun: false });
    else this.#call = call;
    this.#scanners.stdout.expect(nonce);
    this.#scanners.stderr.expect(nonce);
    return { nonce, ended: promise };
  }

  async #idleWithin(timeoutMs: number): Promise<void> {
    const late = AbortSignal.timeout(timeoutMs);
    const lateness = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()));
    await Promise.race([this.#whenIdle.promise, lateness]);
    if (this.#call || this.#closed)
      throw new ClawBenchError('unavailable', 'the tool server in the sandbox does not answer');
  }

  #send(data: string | Uint8Array): void {
    if (!this.#closed) this.#socket.write(data);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#demultiplexer.push(chunk);
    } catch {
      this.close();
    }
  }

  #scanner(stream: 'stdout' | 'stderr'): ReplyScanner {
    return new ReplyScanner(
      (bytes) => {
        if (this.#call && !this.#call.finished) this.#call.sink(stream, bytes);
      },
      (reply) => this.#reply(stream, reply),
    );
  }

  #reply(stream: 'stdout' | 'stderr', reply: ToolReply): void {
    const call = this.#call;
    if (!call) return;
    switch (reply.kind) {
      case 'begun':
        call.begun = true;
        break;
      case 'input-kept':
        call.inputPending = false;
        if (call.killPending) this.kill();
        break;
      case 'input-refused':
        call.finish({ kind: 'input-refused' });
        this.#becomeIdle();
        break;
      case 'exited':
        call.exitedStreams.add(stream);
        if (call.exitedStreams.size < 2 || call.finished) break;
        this.#send('end_call\n');
        call.finish({ kind: 'exited', status: reply.status });
        break;
      case 'relays-ended':
        call.endedStreams.add(stream);
        if (call.endedStreams.size === 2) this.#becomeIdle();
        break;
    }
  }

  #becomeIdle(): void {
    this.#call = null;
    this.#whenIdle.resolve();
  }
}

function requestOf(call: ToolCall): string {
  const variables = Object.entries(call.env).map(([name, value]) => `${name}=${value}`);
  const request = [call.shell, call.directory, call.command, ...variables].map(quoteForTools).join(' ');
  if (Buffer.byteLength(request) > maxRequestBytes)
    throw new ClawBenchError(
      'invalid-input',
      'the command is longer than a process argument can be (120 KiB)',
      {
        hint: 'Write a script file first and run that.',
      },
    );
  if (call.stdin.length > maxStdinBytes)
    throw new ClawBenchError('invalid-input', 'the input of a command may be 8 MiB at most', {
      hint: 'Upload a file and let the command read it.',
    });
  return request;
}
