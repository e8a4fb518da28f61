import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../domain/clock.ts';
import { limitHeader } from '../../domain/budget.ts';
import type { IdSource } from '../../domain/ids.ts';
import { formatModel, noSpend, wireOf, type ModelProviderId } from '../../domain/model.ts';
import type { MicroUsd } from '../../domain/money.ts';
import type { ModelCallStore } from '../../storage/model-call-store.ts';
import type { Log } from '../../telemetry/log.ts';
import { redact } from '../../telemetry/redaction.ts';
import type { GrantRequest } from '../model-gateway.ts';
import { recordCall } from './call-recorder.ts';
import { agentHeaders, upstreamHeaders } from './headers.ts';
import { costOf } from './prices.ts';
import { refuse, type GatewayRefusal } from './refusal.ts';
import { checkBody, readBody, type ModelRequest } from './request-body.ts';
import type { Admitted, SpendEstimate, TrialAccount } from './trial-account.ts';
import { callUpstream, UpstreamError, type UpstreamAnswer, type UpstreamTimeouts } from './upstream.ts';
import { UsageMeter, type MeterReading } from './usage-meter.ts';
import type { BilledUsage } from './vendor-usage.ts';
import type { ModelRoute } from './wire.ts';

/** A model provider the operator has given the service access to. */
export interface ProviderAccess {
  readonly id: ModelProviderId;
  /** Root of its API, without `/v1`: `https://api.anthropic.com`. */
  readonly baseUrl: string;
  /** Null for an endpoint that asks for none. It never leaves the service but to `baseUrl`. */
  readonly apiKey: string | null;
}

/** What one live token opens. */
export interface GrantedAccess {
  readonly request: GrantRequest;
  readonly provider: ProviderAccess;
  readonly account: TrialAccount;
  readonly revocation: AbortController;
  /** Calls being received, waiting or in flight. */
  openCalls: number;
  /** Calls failed for the provider's reasons, and none succeeded after. */
  upstreamFailed: boolean;
}

/** Why calls in flight are cut when a grant ends. */
export class GrantRevoked extends Error {}

class AgentHungUp extends Error {}

interface HandlerOptions {
  readonly modelCalls: ModelCallStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly timeouts: UpstreamTimeouts;
  readonly maxBodyBytes: number;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One call on its way: all that its steps need. */
interface Passage extends Exchange {
  readonly route: ModelRoute;
  readonly access: GrantedAccess;
  readonly call: ModelRequest;
  /** Aborted when the agent hangs up or the grant ends. */
  readonly signal: AbortSignal;
}

/** How a call ended, for the books. */
interface CallEnd {
  /** HTTP status the agent got; 499 when it hung up before there was one. */
  readonly status: number;
  readonly reading: MeterReading;
  readonly outcome: 'answered' | 'provider-failed' | 'refused' | 'cut';
  /** Lets go of the agent; called once the call is on the books. */
  readonly finish: () => void;
}

const noUsage: MeterReading = {
  usage: {
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    cacheWriteTokens: 0,
    longCacheWriteTokens: 0,
  },
  estimated: false,
  vendorFailed: false,
};

/** Calls one trial may have open: each may hold a whole body in memory. */
const maxOpenCalls = 16;

/** Largest error body passed on; vendors' own are under a kilobyte. */
const maxErrorBytes = 1024 * 1024;

/** Answers about the service's own account (key, balance, permission): the operator's matter, never shown to an agent. */
const accountStatuses = new Set([401, 402, 403]);

/** Whether a refusal is the provider's or the operator's trouble. A 400 is the agent's, but for an empty purse. */
function isProviderTrouble(status: number, body: string): boolean {
  return (
    status >= 500 ||
    [401, 402, 403, 404, 408, 429].includes(status) ||
    (status === 400 && body.includes('credit balance is too low'))
  );
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxErrorBytes) break;
    kept.push(chunk);
  }
  return Buffer.concat(kept);
}

/** Takes calls of granted agents to their provider and back, and books each one before the agent is let go. */
export class ModelCallHandler {
  readonly #options: HandlerOptions;
  readonly #open = new Set<Promise<void>>();

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  async handle(route: ModelRoute, access: GrantedAccess, exchange: Exchange): Promise<void> {
    if (access.openCalls >= maxOpenCalls)
      return refuse(exchange.response, {
        wire: route.wire,
        kind: 'busy',
        message: `a trial may have ${maxOpenCalls} model calls open at once`,
      });
    access.openCalls += 1;
    const handled = this.#receive(route, access, exchange);
    this.#open.add(handled);
    try {
      await handled;
    } finally {
      this.#open.delete(handled);
      access.openCalls -= 1;
    }
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  async #receive(route: ModelRoute, access: GrantedAccess, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const hungUp = new AbortController();
    response.on('error', () => undefined);
    response.once('close', () => {
      if (!response.writableFinished) hungUp.abort(new AgentHungUp());
    });
    const { model } = access.request;
    const say = (refusal: Pick<GatewayRefusal, 'kind' | 'message'>) =>
      refuse(response, { wire: route.wire, ...refusal });
    if (wireOf[model.provider] !== route.wire)
      return say({ kind: 'no-such-path', message: `${formatModel(model)} is not called at ${route.path}` });
    const { maxBodyBytes } = this.#options;
    const body = await readBody(request, maxBodyBytes).catch(() => undefined);
    if (body === undefined) return undefined;
    if (body === 'too-large')
      return say({ kind: 'too-large', message: `the request body is over ${maxBodyBytes} bytes` });
    const verdict = checkBody(route.endpoint, body);
    if (verdict.kind === 'invalid') return say(verdict);
    if (verdict.request.model !== model.id)
      return say({ kind: 'no-such-model', message: `this trial may call "${model.id}" only` });
    const signal = AbortSignal.any([hungUp.signal, access.revocation.signal]);
    return this.#admit({ request, response, route, access, call: verdict.request, signal });
  }

  async #admit(passage: Passage): Promise<void> {
    const { access, response } = passage;
    const { wire } = passage.route;
    const admission = await access.account.admit(this.#most(passage), passage.signal);
    switch (admission.kind) {
      case 'admitted':
        return this.#pass(passage, admission);
      case 'limit-reached': {
        const message = `the ${admission.limit} limit of this trial is reached; no further model call is possible`;
        refuse(response, { wire, kind: 'limit', message, headers: { [limitHeader]: admission.limit } });
        return;
      }
      case 'gone':
        response.destroy();
    }
  }

  /** The most a call can come to: no input costs over twice its plain price. Unbounded calls go alone. */
  #most({ access, call, route }: Passage): SpendEstimate {
    if (route.endpoint === 'count-tokens') return { tokens: 0, cost: 0 };
    const { maxInputTokens: inputTokens = Infinity, maxOutputTokens: outputTokens = Infinity } = call;
    const tokens = inputTokens + outputTokens;
    if (tokens === Infinity) return { tokens, cost: Infinity };
    const cost = this.#cost(access, { ...noUsage.usage, inputTokens, outputTokens });
    return { tokens, cost: 2 * (cost ?? 0) };
  }

  async #pass(passage: Passage, admitted: Admitted): Promise<void> {
    const startedAt = this.#options.clock.now();
    const end = await this.#forward(passage);
    try {
      await this.#book(passage, admitted, { ...end, startedAt });
    } finally {
      end.finish();
    }
  }

  async #forward(passage: Passage): Promise<CallEnd> {
    const { access, call, route, request, signal } = passage;
    const { baseUrl, apiKey } = access.provider;
    const search = new URL(request.url ?? '/', 'http://gateway').searchParams.get('beta') ? '?beta=true' : '';
    try {
      const answer = await callUpstream({
        url: new URL(`${baseUrl}${route.path}${search}`),
        headers: upstreamHeaders(request.headers, {
          wire: route.wire,
          apiKey,
          bodyBytes: call.body.byteLength,
        }),
        body: call.body,
        timeouts: this.#options.timeouts,
        signal,
      });
      const readable = (answer.headers['content-encoding'] ?? 'identity') === 'identity';
      if (answer.status >= 200 && answer.status < 300 && readable) return await this.#carry(passage, answer);
      return await this.#carryError(passage, answer);
    } catch (error) {
      return this.#unreached(passage, error);
    }
  }

  /** Passes the answer on byte for byte while the meter reads along. */
  async #carry({ call, route, response, signal }: Passage, answer: UpstreamAnswer): Promise<CallEnd> {
    const meter = this.#meter(
      call,
      route,
      /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? ''),
    );
    response.writeHead(answer.status, agentHeaders(answer.headers));
    response.flushHeaders();
    try {
      for await (const chunk of answer.chunks) {
        meter.feed(chunk);
        if (!response.write(chunk)) await once(response, 'drain', { signal });
      }
    } catch {
      const outcome = signal.aborted ? 'cut' : 'provider-failed';
      return { status: answer.status, reading: meter.read(), outcome, finish: () => response.destroy() };
    }
    const reading = meter.read();
    return {
      status: answer.status,
      reading,
      outcome: reading.vendorFailed ? 'provider-failed' : 'answered',
      finish: () => response.end(),
    };
  }

  async #carryError({ access, route, response }: Passage, answer: UpstreamAnswer): Promise<CallEnd> {
    const body = await readAll(answer.chunks);
    const text = body.toString('utf8');
    const trouble = isProviderTrouble(answer.status, text);
    const { apiKey } = access.provider;
    const hidden =
      answer.status < 400 || accountStatuses.has(answer.status) || (apiKey ? text.includes(apiKey) : false);
    if (trouble || hidden) {
      const reply = redact(apiKey ? text.replaceAll(apiKey, '[key]') : text).slice(0, 500);
      this.#log(access).warn('the model provider refused a call', { status: answer.status, reply });
    }
    if (hidden) {
      const message = `the model provider gave an answer (${answer.status}) that is for the operator of this service`;
      const finish = () => refuse(response, { wire: route.wire, kind: 'upstream-failed', message });
      return { status: 502, reading: noUsage, outcome: 'provider-failed', finish };
    }
    return {
      status: answer.status,
      reading: noUsage,
      outcome: trouble ? 'provider-failed' : 'refused',
      finish: () => {
        response.writeHead(answer.status, agentHeaders(answer.headers));
        response.end(body);
      },
    };
  }

  #unreached({ access, call, route, response, signal }: Passage, error: unknown): CallEnd {
    // The vendor may have worked, and bill, for a call it never answered in time or that nobody waited for.
    const worked = this.#meter(call, route, call.streamed).read();
    if (signal.aborted)
      return { status: 499, reading: worked, outcome: 'cut', finish: () => response.destroy() };
    const timedOut = error instanceof UpstreamError && error.timedOut;
    const kind = timedOut ? 'upstream-timeout' : 'upstream-failed';
    this.#log(access).warn('the model provider could not be called', { error });
    return {
      status: timedOut ? 504 : 502,
      reading: timedOut ? worked : noUsage,
      outcome: 'provider-failed',
      finish: () =>
        refuse(response, { wire: route.wire, kind, message: 'the model provider cannot be reached' }),
    };
  }

  async #book(
    { access, route }: Passage,
    admitted: Admitted,
    end: CallEnd & { readonly startedAt: number },
  ): Promise<void> {
    const { usage, estimated } = end.reading;
    const { inputTokens, cachedInputTokens, outputTokens } = usage;
    const metered = { inputTokens, cachedInputTokens, outputTokens };
    const counted = route.endpoint !== 'count-tokens';
    const cost = counted ? this.#cost(access, usage) : 0;
    const answered = end.outcome === 'answered' || end.outcome === 'cut';
    admitted.settle(counted ? { calls: 1, ...metered, cost } : noSpend, counted && answered);
    if (end.outcome === 'answered') access.upstreamFailed = false;
    if (end.outcome === 'provider-failed') access.upstreamFailed = true;
    if (!counted) return;
    const { lease } = access.request;
    const model = formatModel(access.request.model);
    const durationMs = this.#options.clock.now() - end.startedAt;
    const log = this.#log(access);
    if (estimated) log.warn('the usage of a model call was estimated from its bytes', { model, ...metered });
    const facts = { id: this.#options.ids.next(), runId: lease.runId, trialId: lease.trialId, model };
    const call = { ...facts, leaseToken: lease.token, ...metered, cost, status: end.status };
    await recordCall(this.#options.modelCalls, { ...call, startedAt: end.startedAt, durationMs }, log);
    access.request.onEvent({
      type: 'model-called',
      model,
      ...metered,
      costMicroUsd: cost,
      status: end.status,
      durationMs,
    });
  }

  #meter(call: ModelRequest, { endpoint }: ModelRoute, streamed: boolean): UsageMeter {
    const { maxOutputTokens } = call;
    return new UsageMeter({ endpoint, streamed, requestBytes: call.body.byteLength, maxOutputTokens });
  }

  #cost(access: GrantedAccess, usage: BilledUsage): MicroUsd | null {
    try {
      return costOf(access.request.model, usage, this.#options.clock.now());
    } catch (error) {
      this.#log(access).error('the price table cannot price a call', { error });
      return null;
    }
  }

  #log(access: GrantedAccess): Log {
    const { lease, model } = access.request;
    return this.#options.log.with({
      runId: lease.runId,
      trialId: lease.trialId,
      model: formatModel(model),
    });
  }
}
