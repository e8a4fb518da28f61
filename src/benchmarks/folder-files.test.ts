import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestFiles, readFolder, readRegularFile } from './folder-files.ts';

const limits = { maxFiles: 10, maxBytes: 1_000 };
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'folder-files-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(root, { recursive: true });
});

const servers: Server[] = [];

async function listenAt(path: string): Promise<void> {
  const server = createServer().listen(join(root, path));
  servers.push(server);
  await once(server, 'listening');
}

async function put(path: string, text = path): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}

test('reads all files in order with a mode that is the same on every machine', async () => {
  await put('b/run.sh');
  await put('a.txt', 'hello');
  await chmod(join(root, 'b/run.sh'), 0o750);
  await chmod(join(root, 'a.txt'), 0o664);
  const files = await readFolder(root, limits);
  expect(files.map(({ path, mode }) => [path, mode])).toEqual([
    ['a.txt', 0o644],
    ['b/run.sh', 0o755],
  ]);
  expect(Buffer.from(files[0]?.bytes ?? []).toString()).toBe('hello');
});

test('leaves out what tools leave behind', async () => {
  for (const path of ['a', '__pycache__/x.pyc', 'b/.DS_Store', '.git/config']) await put(path);
  expect((await readFolder(root, limits)).map(({ path }) => path)).toEqual(['a']);
});

test.each([
  ['a link out of the folder', () => symlink('/etc/passwd', join(root, 'x'))],
  ['a link within the folder', () => symlink('a', join(root, 'x'))],
  ['a linked folder', () => symlink('/etc', join(root, 'x'))],
  ['a socket', () => listenAt('x')],
  ['a name with a line break', () => put('x\ny')],
  ['a name with a backslash', () => put('x\\y')],
])('refuses %s', async (_what, make) => {
  await put('a');
  await make();
  await expect(readFolder(root, limits)).rejects.toMatchObject({ code: 'invalid-input' });
});

test('refuses more files, bytes or depth than it was allowed', async () => {
  await put('big', 'x'.repeat(600));
  await put('bigger', 'x'.repeat(600));
  await expect(readFolder(root, limits)).rejects.toMatchObject({ code: 'limit-reached' });
  await expect(readFolder(root, { maxFiles: 1, maxBytes: 5_000 })).rejects.toMatchObject({
    code: 'limit-reached',
  });
  await put(`${'d/'.repeat(20)}deep`);
  await expect(readFolder(root, { maxFiles: 9, maxBytes: 5_000 })).rejects.toMatchObject({
    code: 'invalid-input',
  });
});

test('a folder or file that is not there is not found', async () => {
  await expect(readFolder(join(root, 'none'), limits)).rejects.toMatchObject({ code: 'not-found' });
  await expect(readRegularFile(root, 'none', 10)).rejects.toMatchObject({ code: 'not-found' });
});

test('a digest covers path, mode and content, and not the order', () => {
  const a = { path: 'a', bytes: Buffer.from('1'), mode: 0o644 };
  const b = { path: 'b', bytes: Buffer.from('2'), mode: 0o644 };
  const digest = digestFiles([a, b]);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(digestFiles([b, a])).toBe(digest);
  expect(digestFiles([{ ...a, mode: 0o755 }, b])).not.toBe(digest);
  expect(digestFiles([{ ...a, path: 'c' }, b])).not.toBe(digest);
  expect(digestFiles([{ ...a, bytes: Buffer.from('2') }, b])).not.toBe(digest);
  expect(digestFiles([a])).not.toBe(digest);
});
