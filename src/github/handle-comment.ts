import { isAgentDriverId } from '../domain/agent-identity.ts';
import type { Clock } from '../domain/clock.ts';
import type { Command, RunCommand } from '../domain/command.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { RunId } from '../domain/ids.ts';
import { isRunLive } from '../domain/run.ts';
import { formatThread } from '../domain/thread.ts';
import type { ControlPlane, RunRequest, RunView } from '../control-plane/control-plane.ts';
import type { Log } from '../telemetry/log.ts';
import type { AccessCheck } from './access.ts';
import type { AppIdentity } from './app-identity.ts';
import { parseCommands, type CommandReading } from './commands/parser.ts';
import { commandRow, isCommandVerb } from './commands/table.ts';
import type { CommentCreated } from './events.ts';
import { hasMarker } from './publish/marker.ts';
import { commandFaultText, refusalText } from './publish/text/fault-text.ts';
import {
  deniedText,
  helpText,
  noCommitText,
  nothingToCancelText,
  statusText,
  unknownRunText,
  whichRunText,
} from './publish/text/reply.ts';
import type { TextContext } from './publish/text/run-facts.ts';
import type { ReactionContent, RepositoryClient } from './repository-client.ts';
import type { ThreadReplies } from './thread-replies.ts';

export interface CommentDeps {
  readonly controlPlane: ControlPlane;
  readonly access: AccessCheck;
  readonly replies: ThreadReplies;
  readonly identity: AppIdentity;
  readonly publicBaseUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What one command came to: how it is acknowledged, and what there is to say. */
interface CommandAnswer {
  readonly reaction: 'eyes' | 'confused' | undefined;
  readonly text: string | undefined;
}

const newestShown = 5;
const mostLive = 20;

/**
 * Carries out the commands of a comment. May be called again with the same comment: a run is made once, and nothing is said
 * twice.
 * @throws ClawBenchError when GitHub or the control plane cannot answer; the caller tries again later.
 */
export async function handleComment(
  deps: CommentDeps,
  client: RepositoryClient,
  event: CommentCreated,
): Promise<void> {
  if (event.author.isBot || hasMarker(event.body)) return;
  const readings = parseCommands(event.body);
  if (readings.length > 0) await new CommentHandling(deps, client, event).handle(readings);
}

class CommentHandling {
  readonly #deps: CommentDeps;
  readonly #client: RepositoryClient;
  readonly #event: CommentCreated;

  constructor(deps: CommentDeps, client: RepositoryClient, event: CommentCreated) {
    this.#deps = deps;
    this.#client = client;
    this.#event = event;
  }

  async handle(readings: readonly CommandReading[]): Promise<void> {
    const answers: CommandAnswer[] = [];
    for (const [index, reading] of readings.entries()) {
      if (!(await this.#isAllowed(reading))) break;
      answers.push(await this.#answer(reading, index));
    }
    if (answers.some(({ reaction }) => reaction === 'confused')) await this.#react('confused');
    const texts = answers.flatMap(({ text }) => (text === undefined ? [] : [text]));
    if (texts.length > 0) {
      await this.#deps.replies.reply(this.#client, this.#event, texts.join('\n\n---\n\n'));
    }
  }

  async #isAllowed(reading: CommandReading): Promise<boolean> {
    const verb = reading.kind === 'command' ? reading.command.verb : (reading.verb ?? 'help');
    const decision = await this.#deps.access.decide(this.#client, this.#event, commandRow(verb).needs);
    if (decision.kind === 'allowed') return true;
    await this.#react('-1');
    await this.#deps.replies.deny(this.#client, this.#event, deniedText(decision.role, decision.required));
    return false;
  }

  async #answer(reading: CommandReading, index: number): Promise<CommandAnswer> {
    if (reading.kind === 'fault') return { reaction: 'confused', text: commandFaultText(reading.fault) };
    return await this.#perform(reading.command, index);
  }

  async #perform(command: Command, index: number): Promise<CommandAnswer> {
    if (command.verb === 'run') return await this.#run(command, index);
    if (command.verb === 'status') return { reaction: undefined, text: await this.#status(command.runId) };
    if (command.verb === 'cancel') return await this.#cancel(command.target);
    const about = command.about !== undefined && isCommandVerb(command.about) ? command.about : undefined;
    return { reaction: undefined, text: helpText(about) };
  }

  async #run(command: RunCommand, index: number): Promise<CommandAnswer> {
    // Before the run exists, so that it never comes after the reactions that say how the run goes on.
    await this.#react('eyes');
    const headSha = await this.#headSha();
    if (headSha === undefined) {
      await this.#unreact('eyes');
      return refused(noCommitText);
    }
    const admission = await this.#deps.controlPlane.createRun(this.#request(command, index, headSha));
    if (admission.kind === 'refused') {
      await this.#unreact('eyes');
      return { reaction: 'confused', text: refusalText(admission.faults) };
    }
    if (admission.kind === 'duplicate' && !isRunLive(admission.run.status)) await this.#unreact('eyes');
    const { id: runId } = admission.run;
    this.#deps.log.info('a comment asked for a run', {
      runId,
      admission: admission.kind,
      commentId: this.#event.commentId,
    });
    return { reaction: 'eyes', text: undefined };
  }

  #request(command: RunCommand, index: number, headSha: string): RunRequest {
    const { thread, author, installationId, commentId } = this.#event;
    const { benchmark, version, agent } = command;
    const driver =
      agent !== undefined && isAgentDriverId(agent.toLowerCase()) ? agent.toLowerCase() : undefined;
    return {
      pack: version === undefined ? benchmark : `${benchmark}@${version}`,
      agentName: driver === undefined ? agent : undefined,
      driver,
      model: command.model,
      tasks: command.tasks,
      trialsPerTask: command.trials,
      budget: command.budget,
      limits: command.timeoutMs === undefined ? undefined : { agentTimeoutMs: command.timeoutMs },
      origin: {
        kind: 'github',
        key: `gh:comment:${commentId}:${index}`,
        requestedBy: author.login,
        thread,
        headSha,
        installationId,
      },
    };
  }

  /** The commit the run is about, fixed now: what is pushed later is another matter. */
  async #headSha(): Promise<string | undefined> {
    const { thread, defaultBranch } = this.#event;
    return thread.kind === 'pr'
      ? await this.#client.pullRequestHead(thread.number)
      : await this.#client.branchHead(defaultBranch);
  }

  async #status(id: RunId | undefined): Promise<string> {
    if (id === undefined) return statusText(await this.#views({ live: false }), this.#context());
    const view = await this.#viewHere(id);
    return view ? statusText([view], this.#context()) : unknownRunText(id);
  }

  async #cancel(target: RunId | 'all' | undefined): Promise<CommandAnswer> {
    if (target !== undefined && target !== 'all') {
      return (await this.#viewHere(target)) ? await this.#stop([target]) : refused(unknownRunText(target));
    }
    const live = await this.#views({ live: true });
    if (live.length === 0) return refused(nothingToCancelText(undefined, 'not-found'));
    if (live.length > 1 && target === undefined) return refused(whichRunText(live, this.#context()));
    return await this.#stop(live.map(({ run }) => run.id));
  }

  async #stop(ids: readonly RunId[]): Promise<CommandAnswer> {
    const texts: string[] = [];
    for (const id of ids) {
      const answer = await this.#deps.controlPlane.cancelRun(id, this.#event.author.login);
      if (answer !== 'requested') texts.push(nothingToCancelText(id, answer));
    }
    if (texts.length < ids.length) await this.#react('eyes');
    return { reaction: undefined, text: texts.length === 0 ? undefined : texts.join('\n') };
  }

  /** Runs of this thread, newest first. */
  async #views({ live }: { readonly live: boolean }): Promise<readonly RunView[]> {
    const filter = { thread: formatThread(this.#event.thread), limit: live ? mostLive : newestShown };
    const runs = await this.#deps.controlPlane.listRuns(live ? { ...filter, live } : filter);
    const views = await Promise.all(runs.map(({ id }) => this.#deps.controlPlane.viewRun(id)));
    return views.filter((view) => view !== undefined);
  }

  /** A run of this repository; those of others are as good as not there. */
  async #viewHere(id: RunId): Promise<RunView | undefined> {
    const view = await this.#deps.controlPlane.viewRun(id);
    const { owner, repo } = this.#event.thread;
    const thread = view?.run.origin.thread;
    const here = `${owner}/${repo}`.toLowerCase();
    return thread && `${thread.owner}/${thread.repo}`.toLowerCase() === here ? view : undefined;
  }

  #context(): TextContext {
    return { now: this.#deps.clock.now(), publicBaseUrl: this.#deps.publicBaseUrl };
  }

  async #react(content: ReactionContent): Promise<void> {
    await this.#bestEffort(this.#client.react(this.#event.commentId, content));
  }

  async #unreact(content: ReactionContent): Promise<void> {
    const { botLogin } = await this.#deps.identity.facts();
    await this.#bestEffort(this.#client.takeBackReaction(this.#event.commentId, content, botLogin));
  }

  /** A command is carried out even where its comment was deleted meanwhile or reactions are off. */
  async #bestEffort(reaction: Promise<void>): Promise<void> {
    try {
      await reaction;
    } catch (thrown) {
      const { code, message } = ClawBenchError.from(thrown);
      this.#deps.log.warn('a reaction could not be changed', {
        commentId: this.#event.commentId,
        code,
        message,
      });
    }
  }
}

function refused(text: string): CommandAnswer {
  return { reaction: 'confused', text };
}
