import { spawn } from 'node:child_process';

/** Runs a program to its end, its output lines to `say`. Rejects when it cannot start, fails or takes longer than `timeoutMs`. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly say: (line: string) => void; readonly timeoutMs: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const tail: string[] = [];
    const take = (chunk: Buffer): void => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        options.say(line);
        tail.push(line);
        if (tail.length > 10) tail.shift();
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${tail.join('\n')}`));
    });
  });
}

/** Whether `program` is on the PATH. */
export async function hasProgram(program: string): Promise<boolean> {
  return runProgram('/bin/sh', ['-c', `command -v ${program}`], { say: () => {}, timeoutMs: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** Whether this process may change the machine. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
