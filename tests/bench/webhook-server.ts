import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createFrontDoor, defaultFrontDoorLimits } from '../../src/github/front-door.ts';
import { SignatureCheck } from '../../src/github/webhook-secrets.ts';
import { silentLog } from '../../src/main/pino-log.ts';
import { openSqlite } from '../../src/storage/kysely/open-sqlite.ts';

/** A server of its own process, so that the load generator does not share its thread. Arguments: kind, secret, folder. */
const [kind = '', secret = '', folder = ''] = process.argv.slice(2);

/** The floor: checks the signature, parses the JSON, keeps nothing. */
const bare: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const given = String(request.headers['x-hub-signature-256']);
    const genuine =
      given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
    JSON.parse(body.toString());
    response.writeHead(genuine ? 202 : 401, { 'Content-Length': 0 }).end();
  });
};

async function frontDoor(): Promise<RequestListener> {
  const stores = openSqlite({ path: `${folder}/inbox.db`, log: silentLog });
  await stores.migrate();
  return createFrontDoor({
    deliveries: stores.deliveries,
    signatures: new SignatureCheck([secret]),
    clock: { now: () => Date.now() },
    log: silentLog,
    onAccepted: () => {},
    limits: defaultFrontDoorLimits,
  });
}

const server = createServer(kind === 'bare' ? bare : await frontDoor());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.({ port: address?.port });
});
process.on('disconnect', () => process.exit(0));
