import { createHmac } from 'node:crypto';

import type { ModelSpend } from '../domain/model.ts';
import type { ModelGrant } from '../models/model-gateway.ts';
import type { Sandbox } from '../sandboxes/sandbox.ts';
import type { Claim } from '../storage/trial-store.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { StopSwitch } from './stop-switch.ts';
import { TrialJournal } from './trial-journal.ts';

/** The step a trial is in; an error there is the fault of what the step depends on. */
export type TrialStep = 'task' | 'image' | 'sandbox' | 'files' | 'agent' | 'seal' | 'verifier' | 'artifacts';

/** One try of one trial: what is held for it, and how far it is. */
export class TrialExecution {
  readonly deps: ControlPlaneDeps;
  readonly claim: Claim;
  readonly stop = new StopSwitch();
  readonly journal: TrialJournal;
  step: TrialStep = 'task';
  turns = 0;
  sandbox: Sandbox | undefined;
  grant: ModelGrant | undefined;

  constructor(deps: ControlPlaneDeps, claim: Claim) {
    this.deps = deps;
    this.claim = claim;
    this.journal = new TrialJournal(deps, {
      lease: claim.lease,
      progress: () => ({ turns: this.turns, spend: this.spend }),
      onLeaseLost: () => this.stop.stop({ kind: 'lease-lost' }),
    });
  }

  /** What all tries have spent so far. */
  get spend(): ModelSpend {
    return this.grant?.spend() ?? this.claim.trial.spend;
  }

  /** 32 lower-case hex digits bound to the trial: another try gets the same files, another trial other answers. */
  get nonce(): string {
    return createHmac('sha256', this.deps.nonceKey).update(this.claim.trial.id).digest('hex').slice(0, 32);
  }
}
