import { describe, expect } from 'vitest';
import type { NewDelivery } from './delivery-store.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

function delivery(guid: string, receivedAt = 1_000): NewDelivery {
  return { guid, event: 'issue_comment', body: Buffer.from(`{"guid":"${guid}","nul":"\0"}`), receivedAt };
}

/** Every implementation of DeliveryStore. */
export function deliveryStoreContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('deliveries', () => {
    test('a delivery waits, is claimed byte for byte, and is done', async ({ stores: { deliveries } }) => {
      const sent = delivery('guid-1');
      expect(await deliveries.receive(sent)).toBe('accepted');
      expect(await deliveries.countPending()).toBe(1);
      const claimed = await deliveries.claim(1_000, 60_000);
      expect(claimed).toMatchObject({
        guid: 'guid-1',
        event: 'issue_comment',
        receivedAt: 1_000,
        attempts: 1,
      });
      expect(Buffer.from(claimed?.body ?? [])).toEqual(sent.body);
      await deliveries.complete('guid-1', 2_000);
      expect(await deliveries.countPending()).toBe(0);
      expect(await deliveries.claim(999_999, 1)).toBeUndefined();
    });

    test('the same GUID again is pending, then done, and changes nothing', async ({
      stores: { deliveries },
    }) => {
      await deliveries.receive(delivery('guid-1'));
      expect(await deliveries.receive({ ...delivery('guid-1'), event: 'push' })).toBe('pending');
      const claimed = await deliveries.claim(1_000, 60_000);
      expect(claimed?.event).toBe('issue_comment');
      expect(await deliveries.receive(delivery('guid-1'))).toBe('pending');
      expect(await deliveries.claim(1_001, 60_000)).toBeUndefined();
      await deliveries.complete('guid-1', 2_000);
      expect(await deliveries.receive(delivery('guid-1', 9_000))).toBe('done');
      expect(await deliveries.claim(99_000, 60_000)).toBeUndefined();
    });

    test('a given-up delivery waits again with fresh attempts', async ({ stores: { deliveries } }) => {
      await deliveries.receive(delivery('guid-1'));
      await deliveries.claim(1_000, 60_000);
      await deliveries.fail('guid-1', 'GitHub answered 404 \0', null);
      expect(await deliveries.countPending()).toBe(0);
      expect(await deliveries.claim(999_999, 1)).toBeUndefined();
      expect(await deliveries.receive(delivery('guid-1', 5_000))).toBe('accepted');
      expect(await deliveries.claim(5_000, 60_000)).toMatchObject({ guid: 'guid-1', attempts: 1 });
    });

    test('a failed delivery is due again at its time', async ({ stores: { deliveries } }) => {
      await deliveries.receive(delivery('guid-1'));
      await deliveries.claim(1_000, 60_000);
      await deliveries.fail('guid-1', 'GitHub is down', 30_000);
      expect(await deliveries.receive(delivery('guid-1'))).toBe('pending');
      expect(await deliveries.claim(29_999, 60_000)).toBeUndefined();
      expect(await deliveries.claim(30_000, 60_000)).toMatchObject({ attempts: 2 });
    });

    test('a claimed delivery is hidden until its time is over', async ({ stores: { deliveries } }) => {
      await deliveries.receive(delivery('guid-1'));
      await deliveries.claim(1_000, 60_000);
      expect(await deliveries.claim(60_999, 60_000)).toBeUndefined();
      expect(await deliveries.claim(61_000, 60_000)).toMatchObject({ guid: 'guid-1', attempts: 2 });
    });

    test('what is done stays done when a slow claimer fails late', async ({ stores: { deliveries } }) => {
      await deliveries.receive(delivery('guid-1'));
      await deliveries.claim(1_000, 10);
      await deliveries.claim(2_000, 10);
      await deliveries.complete('guid-1', 3_000);
      await deliveries.fail('guid-1', 'late', 4_000);
      expect(await deliveries.receive(delivery('guid-1'))).toBe('done');
    });

    test('the oldest due comes first', async ({ stores: { deliveries } }) => {
      await deliveries.receive(delivery('newer', 2_000));
      await deliveries.receive(delivery('older', 1_000));
      await deliveries.receive(delivery('future', 50_000));
      const order = [];
      for (
        let due = await deliveries.claim(3_000, 60_000);
        due;
        due = await deliveries.claim(3_000, 60_000)
      ) {
        order.push(due.guid);
      }
      expect(order).toEqual(['older', 'newer']);
    });

    test('of the same GUID many times at once one is accepted', async ({ stores, world }) => {
      const other = world.another();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? stores : other).deliveries.receive(delivery('guid-1')),
        ),
      );
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'pending')).toHaveLength(19);
    });

    test('a thousand at once are each claimed once by four claimers', async ({ stores, world }) => {
      const guids = Array.from({ length: 1_000 }, (_, index) => `guid-${String(index).padStart(4, '0')}`);
      const answers = await Promise.all(guids.map((guid) => stores.deliveries.receive(delivery(guid))));
      expect(new Set(answers)).toEqual(new Set(['accepted']));
      const other = world.another();
      const claimers = [stores, other, stores, other].map(async ({ deliveries }) => {
        const claimed: string[] = [];
        for (;;) {
          const due = await deliveries.claim(1_000, 60_000);
          if (!due) return claimed;
          claimed.push(due.guid);
          await deliveries.complete(due.guid, 1_001);
        }
      });
      expect((await Promise.all(claimers)).flat().sort()).toEqual(guids);
    }, 60_000);

    test('finished ones are pruned by age, waiting ones never', async ({ stores: { deliveries } }) => {
      for (const guid of ['done-old', 'done-new', 'given-up', 'waiting'])
        await deliveries.receive(delivery(guid));
      await deliveries.complete('done-old', 2_000);
      await deliveries.complete('done-new', 9_000);
      await deliveries.fail('given-up', 'x', null);
      expect(await deliveries.prune(5_000)).toBe(2);
      expect(await deliveries.receive(delivery('done-new'))).toBe('done');
      expect(await deliveries.receive(delivery('done-old'))).toBe('accepted');
      expect(await deliveries.receive(delivery('waiting'))).toBe('pending');
    });
  });
}
