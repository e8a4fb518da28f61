import { ClawBenchError } from '../../domain/errors.ts';
import { tarOf } from '../tar-archive.ts';
import { containerFile, toolsVolumeName } from './base-recipe.ts';
import type { DockerEngine } from './engine.ts';

const fillTimeoutMs = 60_000;

/**
 * Makes the volume that is mounted read-only in every sandbox, filled from the base image; one that is complete stays as it is.
 * @returns its name, which says what it holds.
 */
export async function fillToolsVolume(engine: DockerEngine, baseDigest: string): Promise<string> {
  const name = toolsVolumeName();
  const id = await engine.createContainer({
    Image: baseDigest,
    User: '0',
    Entrypoint: ['sh', '/source/fill-volume.sh'],
    Cmd: [],
    Labels: { 'clawbench.tools': name },
    NetworkDisabled: true,
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none', Config: {} },
      Mounts: [{ Type: 'volume', Source: name, Target: '/volume' }],
    },
  });
  try {
    const files = ['tool-server.sh', 'fill-volume.sh'].map((path) => ({
      path: `source/${path}`,
      bytes: Buffer.from(containerFile(`tool-server/${path}`)),
    }));
    await engine.call('fill the tools volume', fillTimeoutMs, (docker, abortSignal) =>
      docker.getContainer(id).putArchive(tarOf(files), { path: '/', abortSignal }),
    );
    await engine.start(id);
    const status = await engine.wait(id, fillTimeoutMs);
    if (status === 0) return name;
    throw new ClawBenchError(
      'unavailable',
      `the tools volume ${name} could not be filled (exit status ${status})`,
      {
        hint: `Remove it with \`docker volume rm ${name}\` and try again.`,
      },
    );
  } finally {
    await engine.remove(id);
  }
}
