/**
 * A shared library of 64-bit x86 Linux, written by hand: when it is loaded, it writes 1 to /logs/verifier/reward.txt and
 * ends the program with status 0. It needs no compiler, and proves that a preloaded library would decide a verdict.
 */
export function rewardLibrary(): Buffer {
  const code = machineCode('/logs/verifier/reward.txt');
  const dynamicAt = 64 + 2 * 56;
  const dynamic = [
    [12, dynamicAt + 7 * 16], // DT_INIT: the code follows the table
    [5, 0], // DT_STRTAB: the zeros of the ELF header will do for names
    [6, 0], // DT_SYMTAB
    [10, 1], // DT_STRSZ
    [11, 24], // DT_SYMENT
    [22, 0], // DT_TEXTREL
    [0, 0],
  ].map(([tag, value]) => words(tag ?? 0, value ?? 0));
  const size = dynamicAt + 7 * 16 + code.length;
  return Buffer.concat([elfHeader(), segment(1, 0, size), segment(2, dynamicAt, 7 * 16), ...dynamic, code]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), 8 * index));
  return bytes;
}

/** ELF64, little-endian, shared object for x86-64, two program headers after it and no sections. */
function elfHeader(): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(2, 56);
  return header;
}

/** Program header of a readable, writable and executable segment that is mapped where it stands in the file. */
function segment(type: number, at: number, size: number): Buffer {
  const kind = Buffer.alloc(8);
  kind.writeUInt32LE(type, 0);
  kind.writeUInt32LE(7, 4);
  return Buffer.concat([kind, words(at, at, at, size, size, type === 1 ? 4_096 : 8)]);
}

/** open(path, O_WRONLY|O_CREAT|O_TRUNC, 0644), write(it, "1", 1), exit_group(0) */
function machineCode(path: string): Buffer {
  const length = 54;
  const text = Buffer.from(`${path}\u00001`);
  const relative = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff, 0, 0];
  return Buffer.concat([
    Buffer.from([0x48, 0x8d, 0x3d, ...relative(length - 7)]),
    Buffer.from([0xbe, 0x41, 0x02, 0, 0, 0xba, 0xa4, 0x01, 0, 0, 0xb8, 2, 0, 0, 0, 0x0f, 0x05, 0x89, 0xc7]),
    Buffer.from([0x48, 0x8d, 0x35, ...relative(length - 33 + path.length + 1)]),
    Buffer.from([
      0xba, 1, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0x0f, 0x05, 0x31, 0xff, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05,
    ]),
    text,
  ]);
}
