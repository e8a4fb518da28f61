import { type Kysely, sql } from 'kysely';
import { zstdCompressSync } from 'node:zlib';

const run = '01K0V5Z3QK6M1T6E0G2Q1N0001';
const trial = '01K0V5Z3QK6M1T6E0G2Q1N0011';
/** sha256 of `hello`. */
const digest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

/** A kept file, an answered and an unanswered tool call, a priced and an unpriced model call. */
export async function seed(db: Kysely<unknown>): Promise<void> {
  const zstd = zstdCompressSync('hello');
  await sql`insert into blobs (digest, size, zstd) values (${digest}, 5, ${zstd})`.execute(db);
  await sql`insert into artifacts (trial_id, name, run_id, kind, digest, size)
    values (${trial}, 'verifier/stdout.txt', ${run}, 'log', ${digest}, 5)`.execute(db);
  await sql`insert into tool_calls (trial_id, lease_token, client_call_id, run_id, tool, arguments_digest, started_at,
      finished_at, result)
    values (${trial}, 2, 'toolu_1', ${run}, 'clawbench_exec', 'sha256:a', 3000, 3100, '{"exitCode":0}'),
      (${trial}, 2, 'toolu_2', ${run}, 'clawbench_exec', 'sha256:b', 3200, null, null)`.execute(db);
  await sql`insert into model_calls (id, run_id, trial_id, lease_token, model, status, input_tokens, cached_input_tokens,
      output_tokens, cost, started_at, duration_ms)
    values ('01K0V5Z3QK6M1T6E0G2Q1N0021', ${run}, ${trial}, 2, 'scripted/entry-test', 200, 900, 100, 80, 1200, 3000, 250),
      ('01K0V5Z3QK6M1T6E0G2Q1N0022', ${run}, ${trial}, 2, 'scripted/entry-test', 529, 0, 0, 0, null, 3300, 10)`.execute(
    db,
  );
}
