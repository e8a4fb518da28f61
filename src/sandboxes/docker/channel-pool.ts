import { ClawBenchError } from '../../domain/errors.ts';
import type { ToolChannel } from './tool-channel.ts';

/** Opens one more channel; `open` are those the pool has already. */
export type ChannelOpener = (open: readonly ToolChannel[]) => Promise<ToolChannel>;

/**
 * The channels of one session. A command takes a channel for itself; further channels are opened while commands run in
 * parallel, up to a limit, and then commands wait their turn.
 */
export class ChannelPool {
  readonly #open: ChannelOpener;
  readonly #limit: number;
  readonly #channels = new Map<ToolChannel, 'free' | 'busy' | 'settling'>();
  readonly #waiting: (() => void)[] = [];
  #opening = 0;
  #closedBecause: string | null = null;

  constructor(open: ChannelOpener, limit: number) {
    this.#open = open;
    this.#limit = limit;
  }

  /** @throws ClawBenchError `unavailable` when the pool is closed or no channel can be had. */
  async acquire(): Promise<ToolChannel> {
    for (;;) {
      this.#requireOpen();
      const free = this.#find('free');
      if (free) return this.#take(free);
      const settling = [...this.#channels.values()].filter((state) => state === 'settling').length;
      const mayOpen = this.#channels.size + this.#opening < this.#limit && settling <= this.#waiting.length;
      const opened = mayOpen ? await this.#openOne() : null;
      if (opened) return this.#take(opened);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Gives a channel back; the next command gets it when its last one has settled. */
  async release(channel: ToolChannel): Promise<void> {
    this.#channels.set(channel, 'settling');
    await channel.idle();
    if (channel.isClosed) this.#channels.delete(channel);
    else this.#channels.set(channel, 'free');
    this.#wakeOne();
  }

  /** Closes all channels; everything asked from now on is refused with this reason. */
  close(because: string): void {
    this.#closedBecause ??= because;
    for (const channel of this.#channels.keys()) channel.close();
    while (this.#waiting.length > 0) this.#wakeOne();
  }

  async #openOne(): Promise<ToolChannel | null> {
    this.#opening += 1;
    try {
      const channel = await this.#open([...this.#channels.keys()]);
      if (this.#closedBecause !== null) channel.close();
      return channel;
    } catch (thrown) {
      // With a working channel left, a command waits for that: a sandbox full of processes cannot start one more server.
      if (this.#channels.size === 0) throw thrown;
      return null;
    } finally {
      this.#opening -= 1;
    }
  }

  #find(wanted: 'free'): ToolChannel | undefined {
    for (const [channel, state] of this.#channels) {
      if (channel.isClosed && state === 'free') this.#channels.delete(channel);
      else if (state === wanted) return channel;
    }
    return undefined;
  }

  #take(channel: ToolChannel): ToolChannel {
    this.#channels.set(channel, 'busy');
    return channel;
  }

  #wakeOne(): void {
    this.#waiting.shift()?.();
  }

  #requireOpen(): void {
    if (this.#closedBecause !== null)
      throw new ClawBenchError('unavailable', `the sandbox cannot be used: ${this.#closedBecause}`, {
        retryable: false,
      });
  }
}
