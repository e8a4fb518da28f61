import { type Kysely, sql } from 'kysely';
import { zstdCompressSync } from 'node:zlib';

const body = zstdCompressSync('{"action":"created"}');

/** Deliveries in every state, a comment that is settled and a check that is not, and a repository. */
export async function seed(db: Kysely<unknown>): Promise<void> {
  await sql`insert into deliveries (guid, event, status, attempts, received_at, due_at, finished_at, error, body_zstd)
    values ('guid-done', 'issue_comment', 'done', 1, 1000, 61000, 2000, null, ${body}),
      ('guid-pending', 'issue_comment', 'pending', 0, 1000, 1000, null, null, ${body}),
      ('guid-failed', 'issue_comment', 'failed', 5, 1000, 61000, 61000, 'GitHub answered 404', ${body})`.execute(
    db,
  );
  await sql`insert into publications (kind, place, benchmark, remote_id, run_id, content_digest, settled, updated_at)
    values ('comment', 'gh:octo-org/agent#pr:17', 'entry-test', 99, '01K0V5Z3QK6M1T6E0G2Q1N0001', 'sha256:c', 1, 63000),
      ('check', 'gh:octo-org/agent@abc', 'entry-test', null, '01K0V5Z3QK6M1T6E0G2Q1N0001', null, 0, 1500)`.execute(
    db,
  );
  await sql`insert into repositories (full_name, owner, name, installation_id, group_folder, registered_at)
    values ('octo-org/agent', 'octo-org', 'agent', 4711, 'octo-org-agent', 900)`.execute(db);
}
