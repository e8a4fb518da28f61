import type { Hono } from 'hono';
import { z } from 'zod';
import { actorOf, repositoryOf, requireInstallation } from '../access.ts';
import {
  apiError,
  notFound,
  numberParameter,
  paginate,
  readBody,
  type ApiContext,
  type ApiEnvironment,
} from '../exchange.ts';
import type { Hub } from '../hub.ts';
import { annotationJson, checkRunJson, fullCheckSuiteJson } from '../json/check-json.ts';
import {
  addCheckRun,
  changeCheckRun,
  ensureSuite,
  rerequestCheckRun,
  rerequestSuite,
} from '../resources/checks.ts';
import { resolveCommit } from '../resources/repositories.ts';
import type { SimulatedCheckRun, SimulatedRepository } from '../state.ts';
import { checkRunChange, checkRunCreation, checkRunUpdate } from './check-run-input.ts';

const base = '/repos/:owner/:repo';
const suiteBody = z.object({ head_sha: z.string() });

/** Check runs. */
export function checkRunRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  api.post(`${base}/check-runs`, async (context) => {
    const repository = repositoryOf(context, hub, 'checks:write');
    const { app } = requireInstallation(context).installation;
    const body = await readBody(context, checkRunCreation);
    const change = checkRunChange(body);
    const suite = ensureSuite(hub, app, repository, knownSha(repository, body.head_sha));
    const run = addCheckRun(hub, suite, { ...change, name: body.name });
    return context.json(checkRunJson(hub, run), 201);
  });

  api.get(`${base}/check-runs/:check_run_id`, (context) => {
    const repository = repositoryOf(context, hub, 'checks:read');
    return context.json(checkRunJson(hub, runOf(context, repository)));
  });

  api.patch(`${base}/check-runs/:check_run_id`, async (context) => {
    const run = runOf(context, repositoryOf(context, hub, 'checks:write'));
    if (run.suite.app !== requireInstallation(context).installation.app) {
      throw apiError(
        403,
        'Invalid app_id `' +
          run.suite.app.id +
          '` - check run can only be modified by the GitHub App that created it.',
      );
    }
    changeCheckRun(hub, run, checkRunChange(await readBody(context, checkRunUpdate)));
    return context.json(checkRunJson(hub, run));
  });

  api.get(`${base}/check-runs/:check_run_id/annotations`, (context) => {
    const run = runOf(context, repositoryOf(context, hub, 'checks:read'));
    const page = paginate(context, run.annotations);
    return context.json(page.map((annotation) => annotationJson(hub, run, annotation)));
  });

  api.post(`${base}/check-runs/:check_run_id/rerequest`, (context) => {
    const run = runOf(context, repositoryOf(context, hub, 'checks:write'));
    if (run.status !== 'completed') throw apiError(422, 'This check run is not rerequestable');
    void rerequestCheckRun(hub, run, actorOf(context).user);
    return context.json({}, 201);
  });

  api.get(`${base}/commits/:ref/check-runs`, (context) => {
    const repository = repositoryOf(context, hub, 'checks:read');
    const commit = resolveCommit(repository, context.req.param('ref'));
    const runs = [...repository.checkRuns.values()].filter(({ suite }) => suite.headSha === commit?.sha);
    return context.json(runPage(context, hub, runs));
  });
}

/** Check suites. */
export function checkSuiteRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  const suiteOf = (context: ApiContext, repository: SimulatedRepository) => {
    const suite = repository.checkSuites.get(numberParameter(context, 'check_suite_id'));
    if (!suite) throw notFound();
    return suite;
  };

  api.post(`${base}/check-suites`, async (context) => {
    const repository = repositoryOf(context, hub, 'checks:write');
    const { app } = requireInstallation(context).installation;
    const sha = knownSha(repository, (await readBody(context, suiteBody)).head_sha);
    const before = repository.checkSuites.size;
    const suite = ensureSuite(hub, app, repository, sha);
    return context.json(fullCheckSuiteJson(hub, suite), repository.checkSuites.size > before ? 201 : 200);
  });

  api.get(`${base}/check-suites/:check_suite_id`, (context) => {
    const repository = repositoryOf(context, hub, 'checks:read');
    return context.json(fullCheckSuiteJson(hub, suiteOf(context, repository)));
  });

  api.get(`${base}/check-suites/:check_suite_id/check-runs`, (context) => {
    const repository = repositoryOf(context, hub, 'checks:read');
    return context.json(runPage(context, hub, suiteOf(context, repository).runs));
  });

  api.post(`${base}/check-suites/:check_suite_id/rerequest`, (context) => {
    const suite = suiteOf(context, repositoryOf(context, hub, 'checks:write'));
    void rerequestSuite(hub, suite, actorOf(context).user);
    return context.json({}, 201);
  });

  api.get(`${base}/commits/:ref/check-suites`, (context) => {
    const repository = repositoryOf(context, hub, 'checks:read');
    const commit = resolveCommit(repository, context.req.param('ref'));
    const suites = [...repository.checkSuites.values()].filter(({ headSha }) => headSha === commit?.sha);
    return context.json({
      total_count: suites.length,
      check_suites: paginate(context, suites).map((suite) => fullCheckSuiteJson(hub, suite)),
    });
  });
}

function knownSha(repository: SimulatedRepository, sha: string): string {
  if (repository.commits.has(sha)) return sha;
  throw apiError(422, `No commit found for SHA: ${sha}`);
}

function runOf(context: ApiContext, repository: SimulatedRepository): SimulatedCheckRun {
  const run = repository.checkRuns.get(numberParameter(context, 'check_run_id'));
  if (!run) throw notFound();
  return run;
}

/** Runs of a list, newest of each name unless all are asked for. */
function runPage(context: ApiContext, hub: Hub, runs: readonly SimulatedCheckRun[]) {
  const { check_name: name, status, filter = 'latest', app_id: appId } = context.req.query();
  const chosen = filter === 'all' ? runs : [...new Map(runs.map((run) => [run.name, run])).values()];
  const matching = chosen.filter(
    (run) =>
      (name ?? run.name) === run.name &&
      (status ?? run.status) === run.status &&
      (appId ?? String(run.suite.app.id)) === String(run.suite.app.id),
  );
  return {
    total_count: matching.length,
    check_runs: paginate(context, matching.toReversed()).map((run) => checkRunJson(hub, run)),
  };
}
