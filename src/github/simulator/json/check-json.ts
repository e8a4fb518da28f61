import { isoTime, isoTimeOrNull, nodeId, type Hub } from '../hub.ts';
import type { CheckAnnotation, SimulatedCheckRun, SimulatedCheckSuite } from '../state.ts';
import { appJson } from './account-json.ts';
import { pullRefJson } from './pull-json.ts';
import { fullName, repositoryJson, simpleCommitJson } from './repository-json.ts';

/** Open pull requests with this head; GitHub leaves out those whose head is in another repository. */
function pullRefs(hub: Hub, suite: SimulatedCheckSuite) {
  return [...suite.repository.issues.values()].flatMap((issue) => {
    const { pull } = issue;
    const concerns =
      pull?.head.repository === suite.repository && pull.head.sha === suite.headSha && !issue.closed;
    return pull && concerns ? [pullRefJson(hub, issue, pull)] : [];
  });
}

/** Worst first: a suite shows the worst conclusion of its runs. */
const conclusionsByGravity = [
  'action_required',
  'failure',
  'timed_out',
  'cancelled',
  'stale',
  'success',
  'neutral',
  'skipped',
];

/** Status and conclusion of a suite follow from the newest run of each name. */
export function suiteState(suite: SimulatedCheckSuite): {
  readonly status: string;
  readonly conclusion: string | null;
} {
  const newest = new Map(suite.runs.map((run) => [run.name, run]));
  const runs = [...newest.values()];
  if (runs.length === 0) return { status: 'queued', conclusion: null };
  if (runs.every((run) => run.status === 'completed')) {
    const conclusion = conclusionsByGravity.find((word) => runs.some((run) => run.conclusion === word));
    return { status: 'completed', conclusion: conclusion ?? 'success' };
  }
  const waiting = runs.every((run) => run.status === 'queued');
  return { status: waiting ? 'queued' : 'in_progress', conclusion: null };
}

function suiteCore(hub: Hub, suite: SimulatedCheckSuite) {
  const commit = suite.repository.commits.get(suite.headSha);
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteState(suite),
    url: hub.links.api(`/repos/${fullName(suite.repository)}/check-suites/${suite.id}`),
    before: commit?.parents[0] ?? '0'.repeat(40),
    after: suite.headSha,
    pull_requests: pullRefs(hub, suite),
    app: appJson(hub, suite.app),
    created_at: isoTime(suite.createdAt),
    updated_at: isoTime(suite.updatedAt),
  };
}

/** A check suite as its own webhooks carry it. */
export function checkSuiteJson(hub: Hub, suite: SimulatedCheckSuite) {
  const core = suiteCore(hub, suite);
  const commit = suite.repository.commits.get(suite.headSha);
  return {
    ...core,
    latest_check_runs_count: suite.runs.length,
    check_runs_url: `${core.url}/check-runs`,
    head_commit: commit && simpleCommitJson(commit),
  };
}

/** The answer of `GET /repos/{owner}/{repo}/check-suites/{check_suite_id}`. */
export function fullCheckSuiteJson(hub: Hub, suite: SimulatedCheckSuite) {
  return {
    ...checkSuiteJson(hub, suite),
    rerequestable: true,
    runs_rerequestable: true,
    repository: repositoryJson(hub, suite.repository),
  };
}

function checkRunCore(hub: Hub, run: SimulatedCheckRun) {
  const { suite } = run;
  const name = fullName(suite.repository);
  const api = hub.links.api(`/repos/${name}/check-runs/${run.id}`);
  return {
    id: run.id,
    node_id: nodeId('CR', run.id),
    head_sha: suite.headSha,
    external_id: run.externalId,
    url: api,
    html_url: hub.links.html(`/${name}/runs/${run.id}`),
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: isoTime(run.startedAt),
    completed_at: isoTimeOrNull(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${api}/annotations`,
    },
    name: run.name,
    app: appJson(hub, suite.app),
    pull_requests: pullRefs(hub, suite),
  };
}

/** A check run as REST answers it. */
export function checkRunJson(hub: Hub, run: SimulatedCheckRun) {
  return { ...checkRunCore(hub, run), check_suite: { id: run.suite.id } };
}

/** A check run as webhooks carry it: with its suite. */
export function hookCheckRunJson(hub: Hub, run: SimulatedCheckRun) {
  return { ...checkRunCore(hub, run), check_suite: suiteCore(hub, run.suite) };
}

export function annotationJson(hub: Hub, run: SimulatedCheckRun, annotation: CheckAnnotation) {
  const blob = `/${fullName(run.suite.repository)}/blob/${run.suite.headSha}`;
  return {
    path: annotation.path,
    blob_href: hub.links.html(blob),
    start_line: annotation.startLine,
    start_column: annotation.startColumn,
    end_line: annotation.endLine,
    end_column: annotation.endColumn,
    annotation_level: annotation.level,
    title: annotation.title,
    message: annotation.message,
    raw_details: annotation.rawDetails,
  };
}
