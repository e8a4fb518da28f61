import { setImmediate as endOfTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { GroupCommit } from './group-commit.ts';

test('what comes in turn after turn, or during a commit, is written together and in order', async () => {
  const batches: (readonly number[])[] = [];
  const underWay = Promise.withResolvers<void>();
  const disk = Promise.withResolvers<void>();
  const group = new GroupCommit<number, string>(
    async (items) => {
      batches.push(items);
      underWay.resolve();
      await disk.promise;
      return items.map((item) => `stored ${item}`);
    },
    { batch: 10, waiting: 100 },
  );
  const first = [group.add(1), group.add(2)];
  await endOfTurn();
  first.push(group.add(3));
  await underWay.promise;
  const second = [4, 5].map((item) => group.add(item));
  disk.resolve();
  expect(await Promise.all([...first, ...second])).toEqual([1, 2, 3, 4, 5].map((item) => `stored ${item}`));
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(await group.add(6)).toBe('stored 6');
});

test('a batch takes only so many', async () => {
  const sizes: number[] = [];
  const group = new GroupCommit<number, number>(
    async (items) => {
      sizes.push(items.length);
      return items;
    },
    { batch: 4, waiting: 100 },
  );
  await Promise.all(Array.from({ length: 10 }, (_, item) => group.add(item)));
  expect(sizes).toEqual([4, 4, 2]);
});

test('a commit that fails fails its own items, and the next go on', async () => {
  let broken = true;
  const group = new GroupCommit<string, string>(
    async (items) => {
      if (broken) throw new Error('disk full');
      return items;
    },
    { batch: 10, waiting: 100 },
  );
  const failed = await Promise.allSettled([group.add('a'), group.add('b')]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await group.add('c')).toBe('c');
});

test('too many waiting are refused, to be sent again', async () => {
  const group = new GroupCommit<number, number>(async (items) => items, { batch: 2, waiting: 3 });
  const waiting = [1, 2, 3].map((item) => group.add(item));
  await expect(group.add(4)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
});
