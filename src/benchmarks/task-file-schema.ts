import { z } from 'zod';

const text = z.string().max(4_096);
const seconds = z.number().positive();
const environmentMap = z.record(text, text);
const networkMode = z.enum(['public', 'no-network', 'allowlist']);
const phaseNetwork = {
  network_mode: networkMode.optional(),
  allowed_hosts: z.array(text).max(1_000).optional(),
};
const user = z.union([text, z.int().nonnegative()]).optional();
/** Sections that are refused as a whole: their content does not matter. */
const opaque = z.looseObject({});

const packageSection = z.strictObject({
  name: text.regex(/^[a-zA-Z0-9][\w.-]*\/[a-zA-Z0-9][\w.-]*$/, 'expected organisation/name').optional(),
  version: text.optional(),
  description: text.optional(),
  authors: z
    .array(z.strictObject({ name: text.optional(), email: text.optional() }))
    .max(100)
    .optional(),
  keywords: z.array(text).max(100).optional(),
});

const agentSection = z.strictObject({ timeout_sec: seconds.optional(), user, ...phaseNetwork });

const verifierSection = z.strictObject({
  timeout_sec: seconds.optional(),
  env: environmentMap.optional(),
  user,
  ...phaseNetwork,
  environment_mode: z.enum(['shared', 'separate']).optional(),
  environment: opaque.optional(),
  collect: z.array(opaque).optional(),
});

const environmentSection = z.strictObject({
  build_timeout_sec: seconds.optional(),
  docker_image: text.min(1).optional(),
  os: z.enum(['linux', 'windows']).optional(),
  cpus: z.number().positive().optional(),
  memory_mb: z.int().positive().optional(),
  storage_mb: z.int().positive().optional(),
  memory: text.optional(),
  storage: text.optional(),
  gpus: z.int().nonnegative().optional(),
  gpu_types: z.array(text).optional(),
  tpu: opaque.optional(),
  allow_internet: z.boolean().optional(),
  ...phaseNetwork,
  mcp_servers: z.array(opaque).optional(),
  env: environmentMap.optional(),
  skills_dir: text.optional(),
  workdir: text.startsWith('/', 'expected an absolute path').optional(),
  healthcheck: opaque.optional(),
});

/** Our own section: how a task is answered and how a trial of it is set up. */
const clawbenchSection = z.strictObject({
  answer_path: text.startsWith('/', 'expected an absolute path').optional(),
  prepare: text
    .regex(/^tests\/[\w-]+\.py$/, 'expected a Python file in tests/, like tests/prepare.py')
    .optional(),
});

/**
 * `task.toml`, schema 1.x, as Harbor documents it, with its legacy keys (`version`, `memory`, `storage`, `allow_internet`)
 * and our own section `clawbench`, which Harbor ignores.
 */
export const taskFileSchema = z.strictObject({
  schema_version: text.optional(),
  version: text.optional(),
  task: packageSection.optional(),
  metadata: z.record(text, z.unknown()).optional(),
  agent: agentSection.optional(),
  verifier: verifierSection.optional(),
  environment: environmentSection.optional(),
  solution: z.strictObject({ env: environmentMap.optional() }).optional(),
  source: z.unknown().optional(),
  multi_step_reward_strategy: z.enum(['mean', 'final']).optional(),
  steps: z.array(opaque).optional(),
  artifacts: z.array(z.union([text, opaque])).optional(),
  clawbench: clawbenchSection.optional(),
});

/** `task.toml` as written: checked for types, nothing decided yet. */
export type WrittenTaskFile = z.infer<typeof taskFileSchema>;
