import type { z } from 'zod';
import { EventStreamReader } from './event-stream.ts';
import {
  anthropicMessage,
  billedAnthropicUsage,
  chatCompletion,
  mergeAnthropicUsage,
  responsesEvent,
  responsesResponse,
  type AnthropicUsage,
  type BilledUsage,
} from './vendor-usage.ts';
import type { ModelEndpoint } from './wire.ts';

/** What the meter made of one answer. */
export interface MeterReading {
  readonly usage: BilledUsage;
  /** The vendor never said the whole usage (a cut or foreign answer): `usage` is our own, high estimate. */
  readonly estimated: boolean;
  /** The vendor reported its own failure inside an answer that had begun well. */
  readonly vendorFailed: boolean;
}

/**
 * Bytes taken for one token where the vendor did not say. Text is nearer to four, and a stream's framing comes on top,
 * so the estimate is high: a cut answer must never be a way to spend less than it cost.
 */
const bytesPerToken = 3;

/** Output assumed of an unstreamed call that was cut and had set no maximum of its own. */
const assumedMaxOutputTokens = 8192;

/** Most bytes of an unstreamed answer kept for reading its usage. */
const maxAnswerBytes = 32 * 1024 * 1024;

function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Reads the tokens of one answer from its bytes while they pass, whatever the agent makes of them. */
export class UsageMeter {
  readonly #endpoint: ModelEndpoint;
  readonly #stream: EventStreamReader | undefined;
  readonly #requestBytes: number;
  /** Output charged at least, when the vendor would go on working after the agent has hung up. */
  readonly #outputIfCut: number;
  #chunks: Uint8Array[] = [];
  #answerBytes = 0;
  #anthropic: Partial<AnthropicUsage> | undefined;
  #usage: BilledUsage | undefined;
  #vendorFailed = false;

  constructor(call: {
    readonly endpoint: ModelEndpoint;
    readonly streamed: boolean;
    readonly requestBytes: number;
    readonly maxOutputTokens: number | undefined;
  }) {
    this.#endpoint = call.endpoint;
    this.#requestBytes = call.requestBytes;
    this.#stream = call.streamed ? new EventStreamReader((data) => this.#readEvent(data)) : undefined;
    this.#outputIfCut = call.streamed ? 0 : (call.maxOutputTokens ?? assumedMaxOutputTokens);
  }

  feed(bytes: Uint8Array): void {
    this.#answerBytes += bytes.byteLength;
    if (this.#stream) this.#stream.feed(bytes);
    else if (this.#answerBytes <= maxAnswerBytes) this.#chunks.push(bytes);
    else this.#chunks = [];
  }

  /** Call once, when no more bytes come. */
  read(): MeterReading {
    if (this.#stream) this.#stream.end();
    else this.#readAnswer(Buffer.concat(this.#chunks).toString('utf8'));
    return {
      usage: this.#usage ?? this.#estimate(),
      estimated: this.#usage === undefined,
      vendorFailed: this.#vendorFailed,
    };
  }

  #estimate(): BilledUsage {
    const known = billedAnthropicUsage(this.#anthropic ?? {});
    return {
      ...known,
      inputTokens: this.#anthropic ? known.inputTokens : Math.ceil(this.#requestBytes / bytesPerToken),
      outputTokens: Math.max(
        known.outputTokens,
        Math.ceil(this.#answerBytes / bytesPerToken),
        this.#outputIfCut,
      ),
    };
  }

  #readEvent(data: string): void {
    // Most events are a few characters of text: only those that can matter are parsed.
    if (!data.includes('"usage"') && !data.includes('"error"') && !data.includes('"response.failed"')) return;
    switch (this.#endpoint) {
      case 'messages':
        return this.#readAnthropicEvent(data);
      case 'chat-completions':
        return this.#readChatChunk(data);
      case 'responses':
        return this.#readResponsesEvent(data);
      case 'count-tokens':
        return undefined;
    }
  }

  #readAnthropicEvent(data: string): void {
    const event = parsed(anthropicMessage, data);
    if (event?.type === 'error') this.#vendorFailed = true;
    const usage = event?.message?.usage ?? event?.usage;
    if (!usage) return;
    this.#anthropic = mergeAnthropicUsage(this.#anthropic ?? {}, usage);
    // `message_start` knows the input only; `message_delta` comes last and knows the output.
    if (event?.type === 'message_delta') this.#usage = billedAnthropicUsage(this.#anthropic);
  }

  #readChatChunk(data: string): void {
    const chunk = parsed(chatCompletion, data);
    if (chunk?.error) this.#vendorFailed = true;
    this.#usage = chunk?.usage ?? this.#usage;
  }

  #readResponsesEvent(data: string): void {
    const event = parsed(responsesEvent, data);
    if (event?.type === 'error' || event?.type === 'response.failed') this.#vendorFailed = true;
    this.#usage = event?.response?.usage ?? this.#usage;
  }

  #readAnswer(text: string): void {
    switch (this.#endpoint) {
      case 'messages': {
        const usage = parsed(anthropicMessage, text)?.usage;
        if (usage) this.#usage = billedAnthropicUsage(usage);
        return;
      }
      case 'chat-completions':
        this.#usage = parsed(chatCompletion, text)?.usage ?? undefined;
        return;
      case 'responses':
        this.#usage = parsed(responsesResponse, text)?.usage ?? undefined;
        return;
      case 'count-tokens':
    }
  }
}
