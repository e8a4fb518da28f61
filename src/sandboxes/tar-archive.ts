import { extract } from 'tar-stream';
import { ClawBenchError } from '../domain/errors.ts';
import type { ArchiveFile } from './sandbox.ts';

const blockBytes = 512;

/** Longest name a plain header holds. */
const plainNameBytes = 100;

/**
 * Files as one tar archive in GNU's form of the ustar format, which every tar reads (small ones ignore the POSIX
 * extension for long names). Owned by root and without times, so that equal files make equal archives.
 */
export function tarOf(files: readonly ArchiveFile[]): Buffer {
  const blocks = files.flatMap(({ path, bytes, mode }) => {
    const name = Buffer.from(path);
    const longName = Buffer.concat([name, Buffer.alloc(1)]);
    return [
      ...(name.length > plainNameBytes
        ? [
            tarHeader(Buffer.from('././@LongLink'), { type: 'L', size: longName.length, mode: 0 }),
            padded(longName),
          ]
        : []),
      tarHeader(name.subarray(0, plainNameBytes), { type: '0', size: bytes.length, mode: mode ?? 0o644 }),
      padded(bytes),
    ];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function tarHeader(
  name: Buffer,
  facts: { readonly type: '0' | 'L'; readonly size: number; readonly mode: number },
): Buffer {
  const header = Buffer.alloc(blockBytes);
  name.copy(header);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  header.write(octal(facts.mode & 0o7777, 7), 100, 'latin1');
  header.write(octal(0, 7), 108, 'latin1');
  header.write(octal(0, 7), 116, 'latin1');
  header.write(octal(facts.size, 11), 124, 'latin1');
  header.write(octal(0, 11), 136, 'latin1');
  header.fill(' ', 148, 156);
  header.write(facts.type, 156, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\0 `, 148, 'latin1');
  return header;
}

function padded(bytes: Uint8Array): Buffer {
  const rest = bytes.length % blockBytes;
  return Buffer.concat([bytes, Buffer.alloc(rest === 0 ? 0 : blockBytes - rest)]);
}

/**
 * The regular files of a tar archive somebody else made, hard links resolved to their bytes; everything else is left out,
 * and so is every path that would leave the root.
 * @throws ClawBenchError `limit-reached` over either limit, `unavailable` when the archive is broken.
 */
export async function filesOfTar(
  archive: Uint8Array,
  limits: { readonly maxBytes: number; readonly maxFiles: number },
): Promise<readonly ArchiveFile[]> {
  const found = new Map<string, ArchiveFile>();
  let total = 0;
  const reader = extract();
  reader.end(Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength));
  try {
    for await (const entry of reader) {
      const path = safePath(entry.header.name);
      const linked =
        entry.header.type === 'link' ? found.get(safePath(entry.header.linkname ?? '') ?? '') : null;
      if (path === null || (entry.header.type !== 'file' && !linked)) {
        entry.resume();
        continue;
      }
      const bytes = linked ? linked.bytes : await bytesOf(entry);
      if (linked) entry.resume();
      total += bytes.length;
      found.set(path, { path, bytes, mode: (entry.header.mode ?? 0o644) & 0o7777 });
      if (total > limits.maxBytes || found.size > limits.maxFiles)
        throw new ClawBenchError('limit-reached', 'the archive holds more than may be read');
    }
  } catch (thrown) {
    if (thrown instanceof ClawBenchError) throw thrown;
    throw new ClawBenchError('unavailable', 'the archive from the sandbox is broken', { cause: thrown });
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function bytesOf(entry: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The path relative to the archive's root, or null when it would leave it. */
function safePath(name: string): string | null {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return name.startsWith('/') || parts.length === 0 || parts.includes('..') ? null : parts.join('/');
}
