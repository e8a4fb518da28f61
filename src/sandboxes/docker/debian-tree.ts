import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile, mkdir, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { ClawBenchError } from '../../domain/errors.ts';
import { baseReference, debianSuite } from './base-recipe.ts';

const run = promisify(execFile);

const debootstrapTimeoutMs = 15 * 60_000;
const commandTimeoutMs = 120_000;
const archive = 'http://deb.debian.org/debian';

interface TreeRecipe {
  readonly packages: readonly string[];
  /** Shell script run inside the finished tree as root. */
  readonly finish: string;
  readonly onProgress: (line: string) => void;
}

/**
 * Makes a Debian system from the mirror this machine's apt is configured with, and hands it on as a tar stream.
 * Needs root and debootstrap. Nothing of it is left on this machine afterwards.
 */
export async function withDebianTree(
  recipe: TreeRecipe,
  use: (tree: Readable) => Promise<void>,
): Promise<void> {
  const mirror = await debianMirror();
  await requirePrograms(mirror, recipe.packages);
  const work = await mkdtemp(join(tmpdir(), 'clawbench-base-'));
  const root = join(work, 'root');
  try {
    recipe.onProgress(
      `no image to start from: making Debian ${debianSuite} from ${mirror.address} (about a minute)`,
    );
    await mkdir(root);
    await chmod(root, 0o755);
    await debootstrap(root, mirror, recipe);
    await writeFile(join(root, 'tmp', 'finish.sh'), recipe.finish);
    await run('chroot', [root, '/bin/sh', '/tmp/finish.sh'], { timeout: commandTimeoutMs });
    await run('rm', ['-f', join(root, 'tmp', 'finish.sh')], { timeout: commandTimeoutMs });
    const tar = spawn('tar', ['-C', root, '--numeric-owner', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await use(tar.stdout);
  } finally {
    await discard(work);
  }
}

interface Mirror {
  readonly address: string;
  readonly proxy: string | null;
}

/** The mirror of Debian's main archive in apt's configuration, or Debian's own where apt has none. */
async function debianMirror(): Promise<Mirror> {
  const proxy = await run('apt-config', ['shell', 'proxy', 'Acquire::http::Proxy'], {
    timeout: commandTimeoutMs,
  }).then(
    ({ stdout }) => /^proxy='([^']+)'/.exec(stdout)?.[1] ?? null,
    () => null,
  );
  const format = '$(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)';
  const listed = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    timeout: commandTimeoutMs,
  }).then(
    ({ stdout }) => stdout.split('\n'),
    () => [],
  );
  // Suites of other releases come from the same archive; updates and security are archives of their own.
  const main = listed.find((line) => /^Debian main [a-z]+ https?:/.test(line));
  const address = main?.split(' ').at(-1)?.replace(/\/$/, '');
  return { address: address ?? archive, proxy };
}

async function requirePrograms(mirror: Mirror, packages: readonly string[]): Promise<void> {
  const present = await run('debootstrap', ['--version'], { timeout: commandTimeoutMs }).then(
    () => true,
    () => false,
  );
  if (present && process.getuid?.() === 0) return;
  const commands = [
    'sudo apt-get install --yes debootstrap',
    `sudo debootstrap --variant=minbase --include=${packages.join(',')} ${debianSuite} /tmp/clawbench-base ${mirror.address}`,
    'sudo cp container/base/finish.sh /tmp/clawbench-base/tmp/ && sudo chroot /tmp/clawbench-base sh /tmp/finish.sh',
    `sudo tar -C /tmp/clawbench-base --numeric-owner -c . | docker import -c 'ENV LANG=C.UTF-8' -c 'WORKDIR /app' -c 'CMD ["bash"]' - ${baseReference()}`,
    `docker tag ${baseReference()} clawbench-base && sudo rm -rf /tmp/clawbench-base`,
  ];
  throw new ClawBenchError(
    'unavailable',
    'no image registry can be reached, and making the base image from a Debian mirror needs root and debootstrap',
    { hint: `Run these commands, then try again:\n${commands.join('\n')}` },
  );
}

async function debootstrap(root: string, mirror: Mirror, recipe: TreeRecipe): Promise<void> {
  const proxy = mirror.proxy === null ? [] : [`http_proxy=${mirror.proxy}`];
  const child = spawn(
    'env',
    [
      ...proxy,
      'debootstrap',
      '--variant=minbase',
      `--include=${recipe.packages.join(',')}`,
      debianSuite,
      root,
      mirror.address,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: debootstrapTimeoutMs },
  );
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      const text = line.replace(/^[IWE]: /, '');
      lastLines.push(text);
      if (lastLines.length > 10) lastLines.shift();
      recipe.onProgress(text);
    });
  const [status] = await once(child, 'close');
  if (status !== 0)
    throw new ClawBenchError('unavailable', `debootstrap failed: ${lastLines.join(' / ')}`, {
      hint: `Check that this machine reaches ${mirror.address}.`,
    });
}

/** Removes the tree; what debootstrap may have left mounted in it goes first, so that nothing of this machine is deleted. */
async function discard(work: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const inside = mounts
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${work}/`));
  for (const path of inside.reverse()) await run('umount', ['--lazy', path], { timeout: commandTimeoutMs });
  await run('rm', ['-rf', '--one-file-system', work], { timeout: commandTimeoutMs });
}
