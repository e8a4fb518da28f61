import { ClawBenchError } from '../domain/errors.ts';
import type { Task, TaskFault } from '../domain/task.ts';
import type { ArchiveFile } from '../sandboxes/sandbox.ts';
import { digestFiles, readFolder, taskFolderLimits } from './folder-files.ts';
import { readTaskFile, type TaskSettings } from './task-file.ts';
import type { FileFault } from './toml-document.ts';

/** A task with its settings and files, read and pinned together. */
export interface LoadedTask {
  readonly task: Task;
  readonly settings: TaskSettings;
  /** Every file of the task's folder, and the pack's files for every task's tests, by path. */
  readonly files: readonly ArchiveFile[];
  /** Which of the files came with the pack instead of the task. */
  readonly overlayPaths: ReadonlySet<string>;
  readonly warnings: readonly TaskFault[];
}

export type TaskLoading =
  | { readonly kind: 'loaded'; readonly loaded: LoadedTask }
  | { readonly kind: 'faulty'; readonly faults: readonly TaskFault[] };

/** Where a task is and what it is read with. */
export interface TaskSource {
  readonly id: string;
  readonly folder: string;
  /** The pack's own test files, placed beside the task's. Paths begin with `tests/`. */
  readonly overlay: readonly ArchiveFile[];
  /** All that `${NAME}` in a task's `env` may stand for. */
  readonly hostVariables: Readonly<Record<string, string>>;
}

const taskId = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const maxInstructionBytes = 256 * 1_024;
const maxTaskFileBytes = 64 * 1_024;

/** Reads one task folder. Whatever is wrong with it comes back as faults; it never throws for what the folder holds. */
export async function loadTask(source: TaskSource): Promise<TaskLoading> {
  const faulty = (file: string, faults: readonly FileFault[]): TaskLoading => ({
    kind: 'faulty',
    faults: faults.map((fault) => ({ taskId: source.id, file, ...fault })),
  });
  if (!taskId.test(source.id)) {
    return faulty('', [
      wholeFile('the folder name must be lower-case letters, digits, dots, dashes and underscores'),
    ]);
  }
  let own: readonly ArchiveFile[];
  try {
    own = await readFolder(source.folder, taskFolderLimits);
  } catch (error) {
    return faulty('', [wholeFile(ClawBenchError.from(error).message)]);
  }
  const problem = layoutProblem(own, source.overlay);
  if (problem) return faulty(problem.file, [wholeFile(problem.message)]);
  const reading = readTaskFile(textOf(own, 'task.toml'), source.hostVariables);
  if (reading.kind === 'faulty') return faulty('task.toml', reading.faults);
  const missing = missingFile(own, reading.value);
  if (missing) return faulty(missing.file, [wholeFile(missing.message)]);
  const files = [...own, ...source.overlay];
  const warnings = reading.warnings.map((fault) => ({ taskId: source.id, file: 'task.toml', ...fault }));
  const task = taskOf(source.id, files, reading.value);
  const overlayPaths = new Set(source.overlay.map(({ path }) => path));
  return { kind: 'loaded', loaded: { task, settings: reading.value, files, overlayPaths, warnings } };
}

/** The files below `folder` of a task, with paths relative to it. */
export function filesBelow(files: readonly ArchiveFile[], folder: string): readonly ArchiveFile[] {
  return files
    .filter((file) => file.path.startsWith(`${folder}/`))
    .map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));
}

function taskOf(id: string, files: readonly ArchiveFile[], settings: TaskSettings): Task {
  const { dockerImage } = settings;
  return {
    id,
    digest: digestFiles(files),
    instruction: textOf(files, 'instruction.md'),
    title: settings.title ?? id,
    difficulty: settings.difficulty,
    category: settings.category,
    agentTimeoutMs: settings.agentTimeoutMs,
    verifierTimeoutMs: settings.verifierTimeoutMs,
    environment: {
      image: dockerImage
        ? { kind: 'prebuilt', reference: dockerImage }
        : { kind: 'dockerfile', contextDigest: digestFiles(filesBelow(files, 'environment')) },
      cpus: settings.cpus,
      memoryMb: settings.memoryMb,
      network: settings.network,
      env: settings.env,
      workdir: settings.workdir,
      agentUser: settings.agentUser,
      buildTimeoutMs: settings.buildTimeoutMs,
    },
    answerPath: settings.answerPath,
  };
}

interface LayoutProblem {
  readonly file: string;
  readonly message: string;
}

/** Files of Harbor's layout this version cannot honour, by path. */
const unsupportedFiles: Readonly<Record<string, string>> = {
  'environment/docker-compose.yaml': 'tasks of several containers are not supported yet',
  'environment/docker-compose.yml': 'tasks of several containers are not supported yet',
  'trajectory.json': 'a conversation to continue is not supported yet',
};

function layoutProblem(own: readonly ArchiveFile[], overlay: readonly ArchiveFile[]): LayoutProblem | null {
  const paths = new Set(own.map((file) => file.path));
  for (const file of ['task.toml', 'instruction.md', 'tests/test.sh']) {
    if (!paths.has(file)) return { file, message: 'is missing' };
  }
  for (const [file, message] of Object.entries(unsupportedFiles)) {
    if (paths.has(file)) return { file, message };
  }
  const clash = overlay.find((file) => paths.has(file.path));
  if (clash)
    return { file: clash.path, message: 'has the name of one of the files the pack gives to every task' };
  return textProblem(own);
}

function textProblem(own: readonly ArchiveFile[]): LayoutProblem | null {
  const limits = { 'task.toml': maxTaskFileBytes, 'instruction.md': maxInstructionBytes };
  for (const [file, maxBytes] of Object.entries(limits)) {
    const bytes = own.find(({ path }) => path === file)?.bytes ?? new Uint8Array();
    if (bytes.byteLength > maxBytes) return { file, message: `is larger than ${maxBytes} bytes` };
    if (!Buffer.from(Buffer.from(bytes).toString('utf8')).equals(bytes))
      return { file, message: 'is not UTF-8 text' };
  }
  if (textOf(own, 'instruction.md').trim() === '') return { file: 'instruction.md', message: 'is empty' };
  const [firstLine = ''] = textOf(own, 'tests/test.sh').split('\n', 1);
  if (firstLine.startsWith('#!') && !/^#!\s*\S*\/(env\s+)?(ba|da)?sh\b/.test(firstLine)) {
    return { file: 'tests/test.sh', message: 'must be a script of sh or bash' };
  }
  return null;
}

function missingFile(own: readonly ArchiveFile[], settings: TaskSettings): LayoutProblem | null {
  const has = (path: string): boolean => own.some((file) => file.path === path);
  if (settings.preparePath !== null && !has(settings.preparePath)) {
    return { file: settings.preparePath, message: 'is missing, and task.toml names it in clawbench.prepare' };
  }
  if (settings.dockerImage === null && !has('environment/Dockerfile')) {
    return { file: 'environment/Dockerfile', message: 'is missing, and task.toml names no docker_image' };
  }
  return null;
}

function textOf(files: readonly ArchiveFile[], path: string): string {
  return Buffer.from(files.find((file) => file.path === path)?.bytes ?? []).toString('utf8');
}

function wholeFile(message: string): FileFault {
  return { line: null, key: null, message };
}
