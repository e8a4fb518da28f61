import { ClawBenchError } from '../../domain/errors.ts';

/**
 * Scripts for the static shell of the tools volume; its programs are built in, so PATH plays no part. Arguments come as
 * variables. Exit statuses above 80 are the outcomes `requireFileStatus` knows.
 */
const outcomes = {
  missing: 81,
  directory: 82,
  special: 83,
  denied: 84,
  notDirectory: 85,
  link: 86,
  noSpace: 87,
} as const;

export const readFile = `
[ -e "$file" ] || exit ${outcomes.missing}
[ ! -d "$file" ] || exit ${outcomes.directory}
[ -f "$file" ] || exit ${outcomes.special}
exec 3<"$file" || exit ${outcomes.denied}
stat -Lc %s /proc/self/fd/3
dd bs=65536 iflag=skip_bytes,count_bytes,fullblock skip="$offset" count="$count" <&3 2>/dev/null
exit 0
`;

/** Makes a directory with its parents, or exits with the reason why not. */
const makeDirectory = `
make_directory() {
  mkdir -p "$1" 2>/dev/null && return
  existing=$1
  until [ -e "$existing" ] || [ -L "$existing" ]; do existing=\${existing%/*}; [ "$existing" ] || existing=/; done
  [ -d "$existing" ] || exit ${outcomes.notDirectory}
  exit ${outcomes.denied}
}
`;

export const writeFile = `${makeDirectory}
[ ! -d "$file" ] || exit ${outcomes.directory}
directory=\${file%/*}
[ -d "$directory/" ] || make_directory "$directory"
part=$directory/$part
cat >>"$part" || { [ -e "$part" ] || exit ${outcomes.denied}; rm -f "$part"; exit ${outcomes.noSpace}; }
[ "$last" ] || exit 0
chmod "$mode" "$part" && mv -fT "$part" "$file" || { rm -f "$part"; exit ${outcomes.denied}; }
`;

/** The input is a file without a name: it can be read twice through /proc. */
export const upload = `${makeDirectory}
[ ! -L "$root" ] || exit ${outcomes.link}
[ -d "$root" ] || make_directory "$root"
cd "$root" || exit ${outcomes.denied}
tar -tf /proc/self/fd/0 | while IFS= read -r path; do
  while [ "$path" != "\${path%/*}" ]; do
    path=\${path%/*}
    [ ! -L "$path" ] || exit ${outcomes.link}
  done
done || exit $?
tar -xpf /proc/self/fd/0 --no-same-owner || exit ${outcomes.denied}
`;

export const download = `
[ ! -L "$root" ] || exit ${outcomes.link}
[ -e "$root" ] || exit ${outcomes.missing}
[ -d "$root" ] || exit ${outcomes.notDirectory}
cd "$root" || exit ${outcomes.denied}
tar -cf - . 2>/dev/null
exit 0
`;

/** @throws ClawBenchError for every outcome of a file script but success. */
export function requireFileStatus(status: number | null, path: string): void {
  switch (status ?? outcomes.denied) {
    case 0:
      return;
    case outcomes.missing:
      throw new ClawBenchError('not-found', `there is no ${path} in the sandbox`);
    case outcomes.directory:
      throw new ClawBenchError('invalid-input', `${path} is a directory`);
    case outcomes.special:
      throw new ClawBenchError('invalid-input', `${path} is not a regular file`);
    case outcomes.notDirectory:
      throw new ClawBenchError('invalid-input', `${path} is not a directory`);
    case outcomes.link:
      throw new ClawBenchError('forbidden', `${path} is, or leads through, a symbolic link`);
    case outcomes.noSpace:
      throw new ClawBenchError('limit-reached', `there is no space for ${path} in the sandbox`);
    default:
      throw new ClawBenchError('forbidden', `the sandbox's user may not use ${path}`);
  }
}
