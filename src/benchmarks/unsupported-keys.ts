import type { WrittenTaskFile } from './task-file-schema.ts';

interface UnsupportedKey {
  readonly path: readonly string[];
  readonly isSet: (file: WrittenTaskFile) => boolean;
  readonly why: string;
}

const someOf = (list: readonly unknown[] | undefined): boolean => (list?.length ?? 0) > 0;
const someIn = (record: object | undefined): boolean => someOf(Object.keys(record ?? {}));

/** What Harbor's schema has and this version cannot honour. Ignoring one would measure something else than the task says. */
const table: readonly UnsupportedKey[] = [
  {
    path: ['steps'],
    isSet: (file) => someOf(file.steps),
    why: 'tasks of several steps are not supported yet',
  },
  { path: ['artifacts'], isSet: (file) => someOf(file.artifacts), why: 'artifacts are not collected yet' },
  {
    path: ['solution', 'env'],
    isSet: (file) => someIn(file.solution?.env),
    why: 'the reference solution runs without variables of its own; set them in solve.sh',
  },
  {
    path: ['environment', 'os'],
    isSet: (file) => file.environment?.os === 'windows',
    why: 'Windows sandboxes are not supported',
  },
  {
    path: ['environment', 'gpus'],
    isSet: (file) => (file.environment?.gpus ?? 0) > 0,
    why: 'GPUs are not supported',
  },
  {
    path: ['environment', 'gpu_types'],
    isSet: (file) => someOf(file.environment?.gpu_types),
    why: 'GPUs are not supported',
  },
  {
    path: ['environment', 'tpu'],
    isSet: (file) => someIn(file.environment?.tpu),
    why: 'TPUs are not supported',
  },
  {
    path: ['environment', 'mcp_servers'],
    isSet: (file) => someOf(file.environment?.mcp_servers),
    why: 'MCP servers of a task are not started yet',
  },
  {
    path: ['environment', 'skills_dir'],
    isSet: (file) => file.environment?.skills_dir !== undefined,
    why: 'skills of a task are not handed to the agent yet',
  },
  {
    path: ['environment', 'healthcheck'],
    isSet: (file) => file.environment?.healthcheck !== undefined,
    why: 'health checks are not waited for yet',
  },
  {
    path: ['verifier', 'environment_mode'],
    isSet: (file) => file.verifier?.environment_mode === 'separate',
    why: 'a separate environment for the verifier is not supported yet',
  },
  {
    path: ['verifier', 'environment'],
    isSet: (file) => file.verifier?.environment !== undefined,
    why: 'a separate environment for the verifier is not supported yet',
  },
  {
    path: ['verifier', 'collect'],
    isSet: (file) => someOf(file.verifier?.collect),
    why: 'collecting before verification is not supported yet',
  },
  {
    path: ['verifier', 'user'],
    isSet: (file) => !['root', '0', 'undefined'].includes(String(file.verifier?.user)),
    why: 'the verifier runs as root',
  },
  {
    path: ['verifier', 'network_mode'],
    isSet: (file) => (file.verifier?.network_mode ?? 'no-network') !== 'no-network',
    why: 'the verifier runs without a network',
  },
  {
    path: ['verifier', 'allowed_hosts'],
    isSet: (file) => someOf(file.verifier?.allowed_hosts),
    why: 'the verifier runs without a network',
  },
];

/** The keys of a task that cannot be honoured, each with the reason. */
export function unsupportedKeys(
  file: WrittenTaskFile,
): readonly { readonly path: readonly string[]; readonly why: string }[] {
  return table.filter((key) => key.isSet(file)).map(({ path, why }) => ({ path, why }));
}
