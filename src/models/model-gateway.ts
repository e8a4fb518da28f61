import type { TrialLimits } from '../domain/budget.ts';
import type { Lease } from '../domain/lease.ts';
import type { ModelRef, ModelSpend } from '../domain/model.ts';
import type { LimitKind } from '../domain/outcome.ts';
import type { TrialLevelEvent } from '../telemetry/events.ts';

/** What a trial may spend, and where facts about its model calls go. */
export interface GrantRequest {
  readonly lease: Lease;
  readonly model: ModelRef;
  readonly limits: Pick<TrialLimits, 'maxCost' | 'maxTokens' | 'maxTurns'>;
  /** What earlier tries of the trial have spent; the caps count it. */
  readonly spent: ModelSpend;
  /** Called after each model call is metered. */
  readonly onEvent: (event: Extract<TrialLevelEvent, { type: 'model-called' | 'limit-reached' }>) => void;
}

/** A live permission of one trial to call one model. */
export interface ModelGrant {
  readonly baseUrl: string;
  readonly token: string;
  /** Metered so far, earlier tries included. */
  spend(): ModelSpend;
  /** The limit that made the gateway refuse, once it has. */
  limit(): LimitKind | undefined;
  /** True once calls failed for reasons of the model provider (429, 5xx, unreachable), and none succeeded after. */
  upstreamFailed(): boolean;
  /** From now on the token opens nothing; calls in flight are cut. */
  revoke(): void;
}

/** The metering, key-injecting proxy between agents and model providers: the one place that holds keys. */
export interface ModelGateway {
  /** `undefined` when it can serve the model; else why not and what to do. */
  refusal(model: ModelRef): { readonly reason: string; readonly hint: string } | undefined;
  grant(request: GrantRequest): ModelGrant;
  /** Name and date of the price table money is counted with, stored with each run. */
  readonly priceTable: string;
}
