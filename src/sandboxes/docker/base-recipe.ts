import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The Debian release the base image is made of. */
export const debianSuite = 'bookworm';

/** Image the base is built on where a registry can be reached. */
export const pulledBase = `debian:${debianSuite}-slim`;

/** Name task images start from. */
export const baseName = 'clawbench-base';

const containerFolder = new URL('../../../container/', import.meta.url);

/** Text of a file of `container/`. */
export function containerFile(path: string): string {
  return readFileSync(new URL(path, containerFolder), 'utf8');
}

/** Settings of the base image when it is not built from its Dockerfile; the same as there. */
export const importedConfig = [
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'ENV LANG=C.UTF-8',
  'WORKDIR /app',
  'CMD ["bash"]',
];

/** Debian packages of the base image, one list for both ways of making it. */
export function basePackages(): readonly string[] {
  return containerFile('base/packages.txt')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The base image made by today's recipe: `clawbench-base:<12 hex digits>`. */
export function baseReference(): string {
  return `${baseName}:${digestOf([debianSuite, ...['base/packages.txt', 'base/finish.sh', 'base/Dockerfile'].map(containerFile)])}`;
}

/** The volume with the programs every sandbox is given: named by what fills it. */
export function toolsVolumeName(): string {
  const sources = ['tool-server/tool-server.sh', 'tool-server/fill-volume.sh'].map(containerFile);
  return `clawbench-tools-${digestOf([baseReference(), ...sources])}`;
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
