import type { OperationNeeds } from '../contract/operations.ts';
import type { TrialScope } from '../control-plane/tool-desk.ts';

/** In whose name an operation is called; edges decide it from what they can prove, never from the input. */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'public' }
  | { readonly kind: 'trial'; readonly scope: TrialScope };

const rights = {
  operator: ['operator', 'public-read'],
  public: ['public-read'],
  trial: ['trial'],
} as const satisfies Record<Caller['kind'], readonly OperationNeeds[]>;

/** Whether `caller` may use operations with these needs. The agent of a trial sees its own trial and nothing else. */
export function mayUse(caller: Caller, needs: OperationNeeds): boolean {
  const allowed: readonly OperationNeeds[] = rights[caller.kind];
  return allowed.includes(needs);
}
