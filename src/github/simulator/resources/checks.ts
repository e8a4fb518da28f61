import type { Timestamp } from '../../../domain/clock.ts';
import type { HookDetails, Hub } from '../hub.ts';
import { checkSuiteJson, hookCheckRunJson, suiteState } from '../json/check-json.ts';
import { repositoryJson } from '../json/repository-json.ts';
import type {
  CheckAction,
  CheckAnnotation,
  CheckStatus,
  SimulatedApp,
  SimulatedCheckRun,
  SimulatedCheckSuite,
  SimulatedCommit,
  SimulatedDelivery,
  SimulatedRepository,
  SimulatedUser,
} from '../state.ts';
import { covers } from './accounts.ts';

/** What a request may set on a check run; a field that is absent stays as it was. */
export interface CheckRunChange {
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly status?: CheckStatus | undefined;
  readonly conclusion?: string | undefined;
  readonly startedAt?: Timestamp | undefined;
  readonly completedAt?: Timestamp | undefined;
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly text?: string | undefined;
  readonly annotations?: readonly CheckAnnotation[] | undefined;
  readonly actions?: readonly CheckAction[] | undefined;
}

/** The app's suite for a commit, created when there is none. */
export function ensureSuite(
  hub: Hub,
  app: SimulatedApp,
  repository: SimulatedRepository,
  headSha: string,
): SimulatedCheckSuite {
  for (const suite of repository.checkSuites.values()) {
    if (suite.app === app && suite.headSha === headSha) return suite;
  }
  const branch = [...repository.branches].find(([, sha]) => sha === headSha);
  const suite = {
    id: hub.state.nextId(),
    repository,
    app,
    headSha,
    headBranch: branch?.[0] ?? null,
    createdAt: hub.clock.now(),
    updatedAt: hub.clock.now(),
    runs: [],
  };
  repository.checkSuites.set(suite.id, suite);
  return suite;
}

/** Creates a check run; sends `check_run.created`, and `completed` when it is complete at once. */
export function addCheckRun(
  hub: Hub,
  suite: SimulatedCheckSuite,
  change: CheckRunChange & { readonly name: string },
): SimulatedCheckRun {
  const run: SimulatedCheckRun = {
    id: hub.state.nextId(),
    suite,
    name: change.name,
    externalId: '',
    detailsUrl: hub.links.html(`/apps/${suite.app.slug}`),
    status: 'queued',
    conclusion: null,
    startedAt: hub.clock.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
  suite.runs.push(run);
  suite.repository.checkRuns.set(run.id, run);
  apply(hub, run, change);
  hub.changes.announce({ kind: 'check-run', action: 'created', checkRun: run });
  void emitCheckRun(hub, run, 'created', { sender: suite.app.bot });
  if (run.status === 'completed') announceCompletion(hub, run);
  return run;
}

/** Changes a check run; annotations are added to those it has. Sends `check_run.completed` when it becomes complete. */
export function changeCheckRun(hub: Hub, run: SimulatedCheckRun, change: CheckRunChange): void {
  const wasComplete = run.status === 'completed';
  apply(hub, run, change);
  hub.changes.announce({ kind: 'check-run', action: 'updated', checkRun: run });
  if (!wasComplete && run.status === 'completed') announceCompletion(hub, run);
}

function apply(hub: Hub, run: SimulatedCheckRun, change: CheckRunChange): void {
  run.name = change.name ?? run.name;
  run.externalId = change.externalId ?? run.externalId;
  run.detailsUrl = change.detailsUrl ?? run.detailsUrl;
  run.startedAt = change.startedAt ?? run.startedAt;
  run.title = change.title ?? run.title;
  run.summary = change.summary ?? run.summary;
  run.text = change.text ?? run.text;
  run.actions = change.actions ?? run.actions;
  run.annotations.push(...(change.annotations ?? []));
  if (change.conclusion !== undefined) {
    run.status = 'completed';
    run.conclusion = change.conclusion;
    run.completedAt = change.completedAt ?? hub.clock.now();
  } else if (change.status !== undefined && change.status !== 'completed') {
    run.status = change.status;
    run.conclusion = null;
    run.completedAt = null;
  }
  run.suite.updatedAt = hub.clock.now();
}

function announceCompletion(hub: Hub, run: SimulatedCheckRun): void {
  void emitCheckRun(hub, run, 'completed', { sender: run.suite.app.bot });
  if (suiteState(run.suite).status === 'completed') {
    void emitSuite(hub, run.suite, 'completed', run.suite.app.bot);
  }
}

/** What a click on "Re-run" does: tells the app and leaves the run as it is; the app must start a new one. */
export function rerequestCheckRun(
  hub: Hub,
  run: SimulatedCheckRun,
  sender: SimulatedUser,
): Promise<SimulatedDelivery | null> {
  hub.changes.announce({ kind: 'check-run', action: 'rerequested', checkRun: run });
  return emitCheckRun(hub, run, 'rerequested', { sender });
}

/** What a click on one of the app's own buttons does. */
export function requestCheckAction(
  hub: Hub,
  run: SimulatedCheckRun,
  sender: SimulatedUser,
  identifier: string,
): Promise<SimulatedDelivery | null> {
  hub.changes.announce({ kind: 'check-run', action: 'action-requested', checkRun: run });
  return emitCheckRun(hub, run, 'requested_action', { sender, requested_action: { identifier } });
}

export function rerequestSuite(
  hub: Hub,
  suite: SimulatedCheckSuite,
  sender: SimulatedUser,
): Promise<SimulatedDelivery | null> {
  return emitSuite(hub, suite, 'rerequested', sender);
}

/** On a push GitHub makes a suite for each installed app that may write checks, and says so. */
export async function requestCheckSuite(
  hub: Hub,
  repository: SimulatedRepository,
  branch: string,
  commit: SimulatedCommit,
): Promise<SimulatedDelivery | null> {
  const installation = [...hub.state.installations.values()].find(
    (candidate) => candidate.permissions['checks'] === 'write' && covers(candidate, repository),
  );
  if (!installation || repository.branches.get(branch) !== commit.sha) return null;
  const suite = ensureSuite(hub, installation.app, repository, commit.sha);
  return emitSuite(hub, suite, 'requested', commit.author);
}

function emitCheckRun(
  hub: Hub,
  run: SimulatedCheckRun,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  { sender, ...more }: HookDetails,
): Promise<SimulatedDelivery | null> {
  const { repository } = run.suite;
  const facts = {
    ...more,
    check_run: hookCheckRunJson(hub, run),
    repository: repositoryJson(hub, repository),
  };
  return hub.emit({ event: 'check_run', action, repository, sender, facts });
}

function emitSuite(
  hub: Hub,
  suite: SimulatedCheckSuite,
  action: 'requested' | 'completed' | 'rerequested',
  sender: SimulatedUser,
): Promise<SimulatedDelivery | null> {
  const { repository } = suite;
  const facts = {
    check_suite: checkSuiteJson(hub, suite),
    repository: repositoryJson(hub, repository),
  };
  return hub.emit({ event: 'check_suite', action, repository, sender, facts });
}
