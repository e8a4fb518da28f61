import { pino, type Logger } from 'pino';
import { Probot, ProbotOctokit } from 'probot';
import { z } from 'zod';
import type { Clock, Timestamp } from '../domain/clock.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { redact } from '../telemetry/redaction.ts';
import { readRequestFailure } from './request-failure.ts';

export type Fetch = typeof globalThis.fetch;

export type RequestParameters = Readonly<Record<string, unknown>>;

/** GitHub's REST API, as the App and as its installations. Answers are unchecked JSON: callers narrow them. */
export interface GitHubApi {
  /**
   * @param route for example `GET /app`.
   * @throws ClawBenchError with a code that says whether GitHub refused (`forbidden`, `not-found`, `invalid-input`,
   * `unauthenticated`) or could not answer now (`unavailable`, `limit-reached`, both retryable).
   */
  asApp(route: string, parameters?: RequestParameters): Promise<unknown>;
  /** As {@link asApp}, with the token of an installation. */
  asInstallation(installationId: number, route: string, parameters: RequestParameters): Promise<unknown>;
}

/** Who we are at GitHub, and where that is. */
export interface GitHubConnection {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** For Probot, which wants one although our own front door checks signatures. */
  readonly webhookSecret: string;
  readonly apiBaseUrl: string;
  /** False spares a local GitHub the pauses between writes that the real one asks for. */
  readonly paceWrites: boolean;
  readonly requestTimeoutMs: number;
  readonly fetch: Fetch;
  readonly log: Log;
}

const apiVersion = '2022-11-28';

/** A Probot that never takes its own defaults: our client options, our log, no server. */
export function createProbot(connection: GitHubConnection): Probot {
  const { appId, privateKey, webhookSecret, apiBaseUrl } = connection;
  const log = connection.log.with({ part: 'github-client' });
  const never = (): boolean => false;
  const Octokit = ProbotOctokit.defaults((options: Readonly<Record<string, unknown>>) => ({
    ...options,
    // Object-form defaults are merged shallowly and lose to Probot's own.
    throttle: {
      ...(typeof options['throttle'] === 'object' ? options['throttle'] : {}),
      enabled: connection.paceWrites,
      // Whoever called tries again later; a client that sleeps would hold up everything behind it.
      onRateLimit: never,
      onSecondaryRateLimit: never,
    },
    retry: { retries: 1 },
  }));
  return new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    baseUrl: apiBaseUrl,
    Octokit,
    log: quietLogger(log),
    request: { fetch: boundedFetch(connection) },
  });
}

/** Adds to every request, tokens' included, a deadline and the version of the API we were written for. */
function boundedFetch({ fetch, requestTimeoutMs }: GitHubConnection): Fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('X-GitHub-Api-Version', apiVersion);
    return fetch(input, { ...init, headers, signal: AbortSignal.timeout(requestTimeoutMs) });
  };
}

const logLine = z.object({ level: z.number(), msg: z.string().default('') });

/**
 * Probot's log as ours. Of a line only the message is kept, and tokens are taken out of that: its other fields hold
 * payloads and request bodies. Failures are warnings here, because who called reports them with the facts.
 */
function quietLogger(log: Log): Logger {
  return pino(
    { level: 'info' },
    {
      write(line: string) {
        const parsed = logLine.safeParse(JSON.parse(line));
        if (!parsed.success) return;
        const message = redact(parsed.data.msg).slice(0, 500);
        if (parsed.data.level >= 40) log.warn('the GitHub client says', { message });
        else log.debug('the GitHub client says', { message });
      },
    },
  );
}

/** The REST API through a Probot. After a rate limit, calls of that installation fail at once until it is over. */
export class ProbotApi implements GitHubApi {
  readonly #probot: Probot;
  readonly #clock: Clock;
  readonly #pausedUntil = new Map<number, Timestamp>();

  constructor(probot: Probot, clock: Clock) {
    this.#probot = probot;
    this.#clock = clock;
  }

  asApp(route: string, parameters: RequestParameters = {}): Promise<unknown> {
    return this.#call(undefined, route, parameters);
  }

  asInstallation(installationId: number, route: string, parameters: RequestParameters): Promise<unknown> {
    return this.#call(installationId, route, parameters);
  }

  async #call(
    installationId: number | undefined,
    route: string,
    parameters: RequestParameters,
  ): Promise<unknown> {
    const key = installationId ?? 0;
    const pause = (this.#pausedUntil.get(key) ?? 0) - this.#clock.now();
    if (pause > 0) {
      throw new ClawBenchError('limit-reached', `GitHub asked us to wait ${Math.ceil(pause / 1000)} s more`, {
        retryable: true,
      });
    }
    try {
      const octokit = await this.#probot.auth(installationId);
      const { data } = await octokit.request(route, { ...parameters });
      return data;
    } catch (thrown) {
      const failure = readRequestFailure(thrown, route, this.#clock.now());
      if (failure.pauseMs > 0) this.#pausedUntil.set(key, this.#clock.now() + failure.pauseMs);
      throw failure.error;
    }
  }
}
