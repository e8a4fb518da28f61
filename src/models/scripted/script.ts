/** One task the scripted model can play, and how. For tests and the demo only. */
export interface ScriptedTask {
  /** The task's instruction as its pack has it; `{{…}}` places are filled in when a trial runs. */
  readonly instruction: string;
  /** Files of the way to play: `solve.sh` and what it needs beside it. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** File the task wants its answer in: it is then read and handed in by the tool for that. */
  readonly answerPath: string | null;
  /** True for a way that is deliberately wrong: it is taken without a look around, as a hasty model would. */
  readonly hasty: boolean;
}

/** A conversation as far as the script reads it. */
export interface ScriptedConversation {
  /** What the user said, oldest first. */
  readonly userTexts: readonly string[];
  /** Ids of all tool calls that are still in the conversation. */
  readonly callIds: readonly string[];
  /** What the latest tool call gave back. */
  readonly lastResult: string;
}

/** What the scripted model says next. `tool` is a bare tool name such as `clawbench_exec`. */
export interface ScriptedTurn {
  readonly text: string;
  readonly call: {
    readonly id: string;
    readonly tool: string;
    readonly input: Readonly<Record<string, string>>;
  } | null;
}

interface Step {
  readonly say: string;
  readonly tool: string;
  readonly input: (lastResult: string) => Readonly<Record<string, string>>;
}

const workFolder = '/tmp/steps';

function exec(say: string, command: string): Step {
  return { say, tool: 'clawbench_exec', input: () => ({ command }) };
}

/** The first line of an instruction that says something, up to a place that is filled in: no two tasks share it. */
export function taskMarker(instruction: string): string {
  const line = instruction.split('\n').find((text) => text.trim() !== '') ?? '';
  return (line.split('{{')[0] ?? '').trim();
}

function lookAround(task: ScriptedTask): readonly Step[] {
  if (task.hasty) return [];
  const named = Array.from(task.instruction.matchAll(/`(\/[\w./@-]+\.\w+)`/g), ([, path]) => path).find(
    (path) => path !== task.answerPath,
  );
  return [
    exec('Let me look at what is there first.', 'pwd && ls -la'),
    exec(
      named ? `The task names ${named}. I read it before I change anything.` : 'I read what is there.',
      `head -n 40 ${named ?? '*'} 2>/dev/null || true`,
    ),
  ];
}

function work(task: ScriptedTask): readonly Step[] {
  const beside = task.files.filter(({ path }) => path !== 'solve.sh');
  const script = task.files.find(({ path }) => path === 'solve.sh')?.text ?? '';
  const say = task.hasty
    ? 'This looks simple. I take the obvious way.'
    : 'Now I know enough. I do the work in one script.';
  if (beside.length === 0 && script.length < 600)
    return [exec(say, `bash <<'END_OF_STEP'\n${script.trimEnd()}\nEND_OF_STEP`)];
  const write = (path: string, content: string): Step => ({
    say: `I write ${path}.`,
    tool: 'clawbench_write_file',
    input: () => ({ path: `${workFolder}/${path}`, content }),
  });
  return [
    ...beside.map(({ path, text }) => write(path, text)),
    write('solve.sh', script),
    exec(say, `bash ${workFolder}/solve.sh`),
  ];
}

/** The output of a command as the tool shows it, or the whole result where it has no such part. */
function commandOutput(result: string): string {
  const mark = '--- stdout\n';
  const start = result.indexOf(mark);
  return (start < 0 ? result : result.slice(start + mark.length)).trimEnd();
}

function handIn(task: ScriptedTask): readonly Step[] {
  if (task.answerPath === null) return [];
  return [
    exec('I check the answer before I hand it in.', `cat ${task.answerPath}`),
    {
      say: 'That is my answer.',
      tool: 'clawbench_submit_answer',
      input: (lastResult) => ({ answer: commandOutput(lastResult) || '(empty)' }),
    },
  ];
}

/** The number of the last step that was taken; steps are numbered in the ids of their calls, from 1. */
function stepsTaken(callIds: readonly string[]): number {
  return callIds.reduce((last, id) => Math.max(last, Number(/step_(\d+)$/.exec(id)?.[1] ?? 0)), 0);
}

/**
 * What comes next in a conversation: a function of the conversation alone, so that any number of trials, retries and
 * shortened transcripts can be played at once.
 */
export function nextTurn(tasks: readonly ScriptedTask[], conversation: ScriptedConversation): ScriptedTurn {
  const task = tasks.find(({ instruction }) =>
    conversation.userTexts.some((text) => text.includes(taskMarker(instruction))),
  );
  if (!task) return { text: 'I am a scripted model, and this task is not in my script.', call: null };
  const steps = [...lookAround(task), ...work(task), ...handIn(task)];
  const number = stepsTaken(conversation.callIds) + 1;
  const step = steps[number - 1];
  if (!step)
    return { text: task.hasty ? 'Done, that should do.' : 'The task is done and checked.', call: null };
  const id = `toolu_step_${number}`;
  return { text: step.say, call: { id, tool: step.tool, input: step.input(conversation.lastResult) } };
}
