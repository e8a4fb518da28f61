import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

export interface ReceivedEvent {
  readonly name: string;
  readonly action: string | null;
  readonly guid: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Whether the signature fits the secret. */
  readonly isSigned: boolean;
}

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  /** In order of arrival. */
  readonly events: readonly ReceivedEvent[];
  /** What the next requests are answered with; `never` leaves them without an answer. */
  answer: number | 'never';
  /** The first event of this name and action, already here or still to come. */
  event(name: string, action?: string): Promise<ReceivedEvent>;
}

const payload = z.looseObject({ action: z.string().nullish() });

/** A server such as an app has: takes webhooks on a free port and checks their signatures. */
export async function receiveWebhooks(secret: string): Promise<WebhookReceiver> {
  const events: ReceivedEvent[] = [];
  const waiting = new Set<() => void>();
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const header = (name: string) => String(request.headers[name] ?? '');
    events.push({
      name: header('x-github-event'),
      action: payload.parse(JSON.parse(body)).action ?? null,
      guid: header('x-github-delivery'),
      headers: request.headers,
      body,
      isSigned: header('x-hub-signature-256') === signatureOf(secret, body),
    });
    for (const look of waiting) look();
    if (receiver.answer !== 'never') response.writeHead(receiver.answer).end('received');
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/api/github/webhooks`,
    events,
    answer: 202,
    event: (name, action) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find(
            (event) => event.name === name && (action ?? event.action) === event.action,
          );
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function signatureOf(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
