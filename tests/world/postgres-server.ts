import { execFile, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A throw-away PostgreSQL server; give each test file its own database with `freshPostgresDatabase`. */
    postgresUrl: string;
  }
}

const run = promisify(execFile);

/** Starts the server all tests of a project share. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  project.provide('postgresUrl', server.url);
  return server.stop;
}

export interface PostgresServer {
  /** Of the database `postgres`, over a Unix socket: no port is taken. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a throw-away server from Debian's packages in a temporary folder. It ends with `stop`, and also when this process
 * dies. It keeps nothing safe from a power cut unless `durable`: for tests that would be time lost, for measurements it is a lie.
 */
export async function startPostgresServer({ durable = false } = {}): Promise<PostgresServer> {
  const binaries = findBinaries();
  const account = process.getuid?.() === 0 ? await unprivilegedAccount() : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'clawbench-postgres-'));
  if (account) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  // People's servers sort text by language; so does this one, to find queries that count on byte order.
  const sorting = ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US', '--locale=C.UTF-8'];
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', ...sorting];
  await run(join(binaries, 'initdb'), initdb, { ...account, cwd: folder, env: {} });
  const careless = durable ? [] : ['fsync=off', 'full_page_writes=off'];
  const settings = ['listen_addresses=', 'max_connections=200', ...careless];
  // The shell ends the server and removes its folder when its input ends, however this process ends.
  const script = 'folder=$1; shift; "$@" & cat >/dev/null; kill -INT $!; wait $!; rm -rf "$folder"';
  const server = [join(binaries, 'postgres'), '-D', data, '-k', folder];
  const keeper = spawn(
    '/bin/sh',
    ['-c', script, 'sh', folder, ...server, ...settings.flatMap((setting) => ['-c', setting])],
    { ...account, cwd: folder, env: {}, detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const ended = new Promise((resolve) => {
    keeper.once('exit', resolve);
  });
  const stop = async (): Promise<void> => {
    keeper.stdin.end();
    await ended;
  };
  try {
    await untilReady(keeper.stderr);
  } catch (error) {
    await stop();
    throw error;
  }
  const parameters = new URLSearchParams({ host: folder, user: 'postgres' });
  return { url: `postgres:///postgres?${parameters.toString()}`, stop };
}

function findBinaries(): string {
  const versions = globSync('/usr/lib/postgresql/*/bin');
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest !== undefined) return newest;
  throw new Error(
    'The tests need PostgreSQL and find none in /usr/lib/postgresql. Install it with: sudo apt-get install -y postgresql',
  );
}

/** PostgreSQL refuses to run as root; Debian's package brings this account. */
async function unprivilegedAccount(): Promise<{ readonly uid: number; readonly gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

async function untilReady(stderr: Readable): Promise<void> {
  const heard: string[] = [];
  const lines = createInterface({ input: stderr });
  const deadline = AbortSignal.timeout(30_000);
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`PostgreSQL did not start (${why}):\n${heard.join('\n')}`));
    };
    deadline.addEventListener('abort', () => {
      fail('30 seconds passed');
    });
    lines.on('line', (line) => {
      if (heard.length < 100) heard.push(line);
      if (line.includes('ready to accept connections')) resolve();
      if (line.includes('FATAL')) fail('it gave up');
    });
    lines.on('close', () => {
      fail('it ended');
    });
  });
}
