import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { workerIdentity } from './worker-identity.ts';

const self = workerIdentity({ host: 'here', pid: process.pid, suffix: 'B' });

test('an earlier life of the same process id, and a process that ended, are dead', () => {
  const { pid } = spawnSync('true');
  expect(self.isDead(`here:${process.pid}:A`)).toBe(true);
  expect(self.isDead(`here:${pid}:A`)).toBe(true);
});

test('nobody else is: not itself, a process that lives, another host or a name it cannot read', () => {
  const others = [
    self.id,
    `here:${process.ppid}:A`,
    `there:${process.pid}:A`,
    'here:1',
    '',
    'worker-1',
    'here:x:A',
  ];
  expect(others.filter((id) => self.isDead(id))).toEqual([]);
});
