import type { Timestamp } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Lease } from '../../domain/lease.ts';
import {
  maxToolResultBytes,
  type ToolCallAdmission,
  type ToolCallStart,
  type ToolCallStore,
} from '../tool-call-store.ts';
import { type SqlDatabase, storableText } from './database.ts';
import { holdTrial } from './fencing.ts';
import type { ToolCallRow } from './tables.ts';

export class SqlToolCallStore implements ToolCallStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async begin(lease: Lease, call: ToolCallStart): Promise<ToolCallAdmission> {
    const row = toolCallRow(lease, call);
    return this.#database.write(async (transaction) => {
      await holdTrial(this.#database, transaction, lease);
      const begun = await transaction
        .insertInto('tool_calls')
        .values(row)
        .onConflict((conflict) => conflict.columns(['trial_id', 'lease_token', 'client_call_id']).doNothing())
        .returning('client_call_id')
        .executeTakeFirst();
      if (begun) return { kind: 'admitted' };
      const earlier = await transaction
        .selectFrom('tool_calls')
        .selectAll()
        .where('trial_id', '=', row.trial_id)
        .where('lease_token', '=', row.lease_token)
        .where('client_call_id', '=', row.client_call_id)
        .executeTakeFirstOrThrow();
      return admissionOfRepeat(earlier, row);
    });
  }

  async complete(lease: Lease, clientCallId: string, result: string, at: Timestamp): Promise<void> {
    const size = Buffer.byteLength(result);
    if (size > maxToolResultBytes) {
      throw new ClawBenchError('limit-reached', `the result of a tool call has ${size} bytes`, {
        hint: `At most ${maxToolResultBytes} bytes are kept of a result; cut it first.`,
      });
    }
    await this.#database.write(async (transaction) => {
      await holdTrial(this.#database, transaction, lease);
      const { numUpdatedRows } = await transaction
        .updateTable('tool_calls')
        .set((columns) => ({
          result: columns.fn.coalesce('result', columns.val(storableText(result))),
          finished_at: columns.fn.coalesce('finished_at', columns.val(at)),
        }))
        .where('trial_id', '=', lease.trialId)
        .where('lease_token', '=', lease.token)
        .where('client_call_id', '=', storableText(clientCallId))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows > 0n) return;
      throw new ClawBenchError('not-found', 'a tool call was answered that did not begin');
    });
  }
}

function admissionOfRepeat(earlier: ToolCallRow, repeat: ToolCallRow): ToolCallAdmission {
  if (earlier.tool !== repeat.tool || earlier.arguments_digest !== repeat.arguments_digest) {
    return { kind: 'conflict' };
  }
  return earlier.result === null ? { kind: 'in-flight' } : { kind: 'replay', result: earlier.result };
}

function toolCallRow(lease: Lease, call: ToolCallStart): ToolCallRow {
  return {
    trial_id: lease.trialId,
    lease_token: lease.token,
    client_call_id: storableText(call.clientCallId),
    run_id: lease.runId,
    tool: storableText(call.tool),
    arguments_digest: call.argumentsDigest,
    started_at: call.at,
    finished_at: null,
    result: null,
  };
}
