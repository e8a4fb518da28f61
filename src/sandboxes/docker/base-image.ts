import { Readable } from 'node:stream';
import { ClawBenchError } from '../../domain/errors.ts';
import type { SandboxImage } from '../sandbox.ts';
import { tarOf } from '../tar-archive.ts';
import {
  basePackages,
  baseName,
  baseReference,
  containerFile,
  importedConfig,
  pulledBase,
} from './base-recipe.ts';
import { ensureBridgeNetwork } from './bridge-network.ts';
import { withDebianTree } from './debian-tree.ts';
import { DockerEngine } from './engine.ts';
import { followEngineJob } from './engine-progress.ts';
import { fillToolsVolume } from './tools-volume.ts';

const defaultSocketPath = '/var/run/docker.sock';

/** A registry that does not answer in this time counts as out of reach. */
const pullQuietMs = 20_000;
const buildQuietMs = 300_000;
const buildNetwork = 'clawbench-build';

type Listener = (line: string) => void;

/** How the engine is reached, and who hears of progress. */
export interface DockerPreparation {
  readonly socketPath?: string;
  /** One human line at a time. */
  readonly onProgress: Listener;
}

/** True when the engine has the base image of today's recipe under both names. */
export async function hasBaseImage(options: { readonly socketPath?: string } = {}): Promise<boolean> {
  return (await currentBase(engineAt(options))) !== null;
}

/**
 * Makes all that sandboxes need of the engine: the base image and the tools volume. Safe to call again and at the same time.
 * @throws ClawBenchError `unavailable` with the exact commands when the base image can be made neither way.
 */
export async function prepareDocker(options: DockerPreparation): Promise<SandboxImage> {
  const engine = engineAt(options);
  const base = await ensureBaseImage(engine, options.onProgress);
  await fillToolsVolume(engine, base.digest);
  return base;
}

/** The base image: present, or built on a pulled Debian, or made from this machine's Debian mirror. */
async function ensureBaseImage(engine: DockerEngine, onProgress: Listener): Promise<SandboxImage> {
  const present = await currentBase(engine);
  if (present) return present;
  if (!(await engine.image(baseReference()))) {
    if (await pullDebian(engine, onProgress)) await buildOnDebian(engine, onProgress);
    else await importFromMirror(engine, onProgress);
  }
  await engine.call('name the base image', 15_000, (docker) =>
    docker.getImage(baseReference()).tag({ repo: baseName, tag: 'latest' }),
  );
  const made = await currentBase(engine);
  if (!made)
    throw new ClawBenchError('unavailable', 'the base image was made but the engine does not have it');
  onProgress(`${baseName} is ready`);
  return made;
}

async function currentBase(engine: DockerEngine): Promise<SandboxImage | null> {
  const reference = baseReference();
  const [pinned, named] = await Promise.all([engine.image(reference), engine.image(baseName)]);
  return pinned && pinned.digest === named?.digest ? { reference, digest: pinned.digest } : null;
}

function engineAt({ socketPath = defaultSocketPath }: { readonly socketPath?: string }): DockerEngine {
  return new DockerEngine({ socketPath });
}

/** False when no registry can be reached: that is an ordinary state of a closed network. */
async function pullDebian(engine: DockerEngine, onProgress: Listener): Promise<boolean> {
  onProgress(`pulling ${pulledBase}`);
  try {
    const stream = await engine.stream(`pull ${pulledBase}`, pullQuietMs, (docker) =>
      docker.pull(pulledBase),
    );
    const { failure } = await followEngineJob(stream, onProgress, pullQuietMs);
    if (failure === null) return true;
    onProgress(`no registry: ${failure}`);
  } catch (thrown) {
    onProgress(`no registry: ${ClawBenchError.from(thrown).message}`);
  }
  return false;
}

async function buildOnDebian(engine: DockerEngine, onProgress: Listener): Promise<void> {
  await ensureBridgeNetwork(engine, buildNetwork);
  const files = ['Dockerfile', 'packages.txt', 'finish.sh'].map((path) => ({
    path,
    bytes: Buffer.from(containerFile(`base/${path}`)),
  }));
  const stream = await engine.stream('build the base image', buildQuietMs, (docker) =>
    docker.buildImage(Readable.from([tarOf(files)]), {
      t: baseReference(),
      networkmode: buildNetwork,
      rm: true,
      forcerm: true,
    }),
  );
  const { failure, lastLines } = await followEngineJob(stream, onProgress, buildQuietMs);
  if (failure !== null)
    throw new ClawBenchError('unavailable', `the base image could not be built: ${failure}`, {
      hint: lastLines.join('\n'),
    });
}

async function importFromMirror(engine: DockerEngine, onProgress: Listener): Promise<void> {
  await withDebianTree(
    { packages: basePackages(), finish: containerFile('base/finish.sh'), onProgress },
    async (tree) => {
      onProgress('importing the base image');
      const [repo, tag] = baseReference().split(':');
      const stream = await engine.stream('import the base image', buildQuietMs, (docker) =>
        docker.importImage(tree, { repo, tag, changes: importedConfig }),
      );
      const { failure } = await followEngineJob(stream, () => {}, buildQuietMs);
      if (failure !== null)
        throw new ClawBenchError('unavailable', `the base image could not be imported: ${failure}`);
    },
  );
}
