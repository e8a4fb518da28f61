import { expect, test } from 'vitest';
import { isTrustedFile, mayBeRoot } from './trusted-files.ts';

test.each([
  '/bin/sh',
  '/usr/bin/env',
  '/usr/local/bin/python3',
  '/usr/sbin/ldconfig',
  '/lib64/ld-linux-x86-64.so.2',
  '/usr/lib/x86_64-linux-gnu/libc.so.6',
  '/usr/lib/python3.11/json/__init__.py',
  '/usr/lib/python3/dist-packages/pytest/__init__.py',
  '/usr/local/lib/python3.13/os.py',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf.d/libc.conf',
  '/etc/profile.d/x.sh',
  '/etc/nsswitch.conf',
  '/etc/python3.11/sitecustomize.py',
])('a verifier relies on %s', (path) => {
  expect(isTrustedFile(path)).toBe(true);
});

test.each([
  '/app/bin/tool',
  '/etc/nginx/nginx.conf',
  '/etc/passwd',
  '/home/agent/.bashrc',
  '/usr/local/lib/python3.13/site-packages/numpy/__init__.py',
  '/usr/share/dict/words',
  '/opt/clawbench/bin/x',
  '/srv/usr/bin/env',
])('%s may be the work of a task', (path) => {
  expect(isTrustedFile(path)).toBe(false);
});

test('an agent may be root unless it is somebody else by name', () => {
  expect([null, 'root', '0', '0:0', 'root:root', '00'].filter((user) => !mayBeRoot(user))).toEqual([]);
  expect(['agent', '1000', '1000:0', 'rootless', 'agent:root'].filter((user) => mayBeRoot(user))).toEqual([]);
});
