/** Prints progress lines on stderr: on a terminal the newest replaces the last, elsewhere at most one line in `quietMs`. */
export class ProgressPrinter {
  readonly #title: string;
  readonly #startedAt = Date.now();
  readonly #quietMs = 3_000;
  #printedAt = 0;

  constructor(title: string) {
    this.#title = title;
  }

  say(line: string): void {
    const text = `${this.#title}: ${line.replaceAll(/\s+/g, ' ').trim()}`;
    if (process.stderr.isTTY) {
      const width = Math.max(20, process.stderr.columns - 1);
      process.stderr.write(`\r\u001B[2K${text.slice(0, width)}`);
      return;
    }
    if (Date.now() - this.#printedAt < this.#quietMs) return;
    this.#printedAt = Date.now();
    process.stderr.write(`  ${text}\n`);
  }

  done(): void {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(1);
    process.stderr.write(`${process.stderr.isTTY ? '\r\u001B[2K' : ''}✔ ${this.#title} (${seconds} s)\n`);
  }
}
