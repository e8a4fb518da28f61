import type { CheckableBenchmark } from '../../benchmarks/harbor-benchmark.ts';
import type { Task } from '../../domain/task.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { ScriptedTask } from '../../models/scripted/script.ts';

/** Tasks the scripted model gets wrong on purpose, so that the demo shows what a failure looks like. */
const hastyTasks: ReadonlySet<string> = new Set(['trap-slugs', 'answer-lost-property']);

const decoder = new TextDecoder();

async function scriptTask(benchmark: CheckableBenchmark, task: Task): Promise<ScriptedTask> {
  const hasty = hastyTasks.has(task.id);
  const { instruction, answerPath } = task;
  if (!hasty) {
    const solution = await benchmark.solution(task);
    const files = solution.map(({ path, bytes }) => ({ path, text: decoder.decode(bytes) }));
    return { instruction, answerPath, files, hasty };
  }
  const [shortcut] = await benchmark.wrongSolutions(task);
  if (!shortcut) throw new ClawBenchError('internal', `task ${task.id} has no wrong solution to play`);
  return {
    instruction,
    answerPath,
    files: [{ path: 'solve.sh', text: decoder.decode(shortcut.script) }],
    hasty,
  };
}

/** What the scripted model plays on the newest pack of a benchmark: reference solutions, and a shortcut on two tasks. */
export async function scriptedTasks(benchmark: CheckableBenchmark): Promise<readonly ScriptedTask[]> {
  const pack = (await benchmark.packs()).at(-1);
  return Promise.all((pack?.tasks ?? []).map((task) => scriptTask(benchmark, task)));
}
