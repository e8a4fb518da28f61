import { randomUUID } from 'node:crypto';
import { silentLog } from '../../src/main/pino-log.ts';
import { openSqlite } from '../../src/storage/kysely/open-sqlite.ts';

/** A process that fills the inbox of the database at its first argument until it is killed, and prints what was accepted. */
const [, , path = ''] = process.argv;
const stores = openSqlite({ path, log: silentLog });
await stores.migrate();
for (;;) {
  const guid = randomUUID();
  await stores.deliveries.receive({ guid, event: 'ping', body: Buffer.from(guid), receivedAt: 1_000 });
  process.stdout.write(`${guid}\n`);
}
