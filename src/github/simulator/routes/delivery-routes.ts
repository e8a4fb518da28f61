import type { Hono } from 'hono';
import { z } from 'zod';
import { requireApp } from '../access.ts';
import {
  apiError,
  notFound,
  numberParameter,
  validationFailed,
  withQuery,
  type ApiContext,
  type ApiEnvironment,
} from '../exchange.ts';
import type { WebhookSender } from '../hooks/webhook-sender.ts';
import type { Hub } from '../hub.ts';
import { isoTime } from '../hub.ts';
import type { SimulatedDelivery } from '../state.ts';

/** GitHub keeps deliveries this long. */
const horizon = 3 * 24 * 60 * 60 * 1000;

const listQuery = z.object({
  per_page: z.coerce.number().int().min(1).max(100).catch(30),
  status: z.enum(['success', 'failure']).optional(),
  cursor: z
    .string()
    .regex(/^v1_\d+$/)
    .transform((cursor) => Number(cursor.slice(3)))
    .optional(),
});

const jsonObject = z.record(z.string(), z.unknown());

/** The delivery log of the app's webhook. */
export function deliveryRoutes(api: Hono<ApiEnvironment>, hub: Hub, sender: WebhookSender): void {
  const kept = () =>
    hub.state.deliveries.filter(({ deliveredAt }) => deliveredAt > hub.clock.now() - horizon).reverse();
  const deliveryOf = (context: ApiContext) => {
    requireApp(context);
    const id = numberParameter(context, 'delivery_id');
    const found = kept().find((delivery) => delivery.id === id);
    if (!found) throw notFound();
    return found;
  };

  api.get('/app/hook/config', (context) => {
    requireApp(context);
    const url = sender.target?.url ?? '';
    return context.json({ content_type: 'json', insecure_ssl: '0', secret: '********', url });
  });

  api.get('/app/hook/deliveries', (context) => {
    requireApp(context);
    const query = listQuery.safeParse(context.req.query());
    if (!query.success) {
      throw validationFailed({ resource: 'HookDelivery', field: 'cursor', code: 'invalid' });
    }
    const { per_page: size, status, cursor } = query.data;
    const all = kept().filter(
      (delivery) => status === undefined || (status === 'success') === delivery.statusCode < 400,
    );
    const from = cursor === undefined ? all : all.filter(({ id }) => id <= cursor);
    const next = from[size];
    if (next) {
      context.header('link', `<${withQuery(context, { cursor: `v1_${next.id}` })}>; rel="next"`);
    }
    return context.json(from.slice(0, size).map(deliveryItem));
  });

  api.get('/app/hook/deliveries/:delivery_id', (context) => {
    const delivery = deliveryOf(context);
    return context.json({
      ...deliveryItem(delivery),
      url: delivery.url,
      request: {
        headers: delivery.requestHeaders,
        payload: jsonObject.parse(JSON.parse(delivery.body)),
      },
      response: { headers: delivery.responseHeaders ?? {}, payload: delivery.responseBody },
    });
  });

  api.post('/app/hook/deliveries/:delivery_id/attempts', (context) => {
    const delivery = deliveryOf(context);
    if (!sender.target) throw apiError(400, 'The webhook has no URL');
    void sender.redeliver(delivery);
    return context.json({}, 202);
  });
}

function deliveryItem(delivery: SimulatedDelivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: isoTime(delivery.deliveredAt),
    redelivery: delivery.isRedelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}
