/** Rows as the databases keep them: snake case, JSON as text, flags as 0 and 1, times in milliseconds since the epoch. */
export interface RunRow {
  id: string;
  status: string;
  lane: string;
  benchmark: string;
  origin_kind: string;
  origin_key: string;
  requested_by: string;
  thread: string | null;
  head_sha: string | null;
  installation_id: number | null;
  cancelled_by: string | null;
  cancelled_at: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  /** `seq` of the run's newest event. Its update is what orders the writers of one run. */
  last_seq: number;
  spec: string;
  result: string | null;
}

export interface TrialRow {
  id: string;
  run_id: string;
  /** Order in which the run's trials are claimed, from 0. */
  position: number;
  task_id: string;
  task_digest: string;
  repetition: number;
  status: string;
  tries: number;
  /** Token of the newest lease; 0 before the first. */
  lease_token: number;
  /** Null while nobody holds the trial. */
  lease_expires_at: number | null;
  turns: number;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  sandbox: string | null;
  spend: string;
  outcome: string | null;
}

/** History of claims, one row each. */
export interface LeaseRow {
  trial_id: string;
  token: number;
  worker_id: string;
  granted_at: number;
  ended_at: number | null;
  ending: LeaseEnding | null;
}

export type LeaseEnding = 'finished' | 'released' | 'expired';

export interface EventRow {
  run_id: string;
  seq: number;
  at: number;
  trial_id: string | null;
  type: string;
  body: string;
}

export interface BlobRow {
  digest: string;
  /** Bytes before compression. */
  size: number;
  zstd: Uint8Array;
}

export interface ArtifactRow {
  trial_id: string;
  name: string;
  run_id: string;
  kind: string;
  digest: string;
  size: number;
}

export interface ToolCallRow {
  trial_id: string;
  lease_token: number;
  client_call_id: string;
  run_id: string;
  tool: string;
  arguments_digest: string;
  started_at: number;
  finished_at: number | null;
  result: string | null;
}

export interface ModelCallRow {
  id: string;
  run_id: string;
  trial_id: string;
  lease_token: number;
  model: string;
  status: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  cost: number | null;
  started_at: number;
  duration_ms: number;
}

export interface DeliveryRow {
  guid: string;
  event: string;
  status: 'pending' | 'done' | 'failed';
  attempts: number;
  received_at: number;
  /** When it may be claimed; later than now while a worker has it. */
  due_at: number;
  finished_at: number | null;
  error: string | null;
  /** Payloads are JSON and shrink tenfold, which costs less time than writing them out. */
  body_zstd: Uint8Array;
}

export interface PublicationRow {
  kind: string;
  place: string;
  benchmark: string;
  remote_id: number | null;
  run_id: string;
  content_digest: string | null;
  settled: number;
  updated_at: number;
}

export interface RepositoryRow {
  /** Owner and name in lower case. */
  full_name: string;
  owner: string;
  name: string;
  installation_id: number;
  group_folder: string;
  registered_at: number;
}

/** The schema as queries see it; the migrations make it. */
export interface Tables {
  runs: RunRow;
  trials: TrialRow;
  leases: LeaseRow;
  events: EventRow;
  blobs: BlobRow;
  artifacts: ArtifactRow;
  tool_calls: ToolCallRow;
  model_calls: ModelCallRow;
  deliveries: DeliveryRow;
  publications: PublicationRow;
  repositories: RepositoryRow;
}
