/** Longest single event kept, in characters; a longer one is dropped, and the meter estimates instead. */
const maxEventLength = 16 * 1024 * 1024;

/**
 * Reads the data of server-sent events from bytes cut anywhere (WHATWG HTML, "Interpreting an event stream").
 * Only `data` fields matter here: the vendors repeat the event's name inside their JSON.
 */
export class EventStreamReader {
  readonly #decoder = new TextDecoder('utf-8');
  readonly #onData: (data: string) => void;
  #line: string[] = [];
  #lineLength = 0;
  #data: string[] = [];
  #dataLength = 0;
  #afterCarriageReturn = false;

  /** `onData` gets the data of each whole event, in order. */
  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  feed(bytes: Uint8Array): void {
    this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The stream is over: an event that its blank line never closed still counts, because it may carry the usage. */
  end(): void {
    this.#read(this.#decoder.decode());
    this.#endLine();
    this.#dispatch();
  }

  #read(text: string): void {
    let start = 0;
    if (this.#afterCarriageReturn && text.startsWith('\n')) start = 1;
    if (text !== '') this.#afterCarriageReturn = text.endsWith('\r');
    const lineEnd = /\r\n|\r|\n/g;
    lineEnd.lastIndex = start;
    for (let found = lineEnd.exec(text); found !== null; found = lineEnd.exec(text)) {
      this.#extendLine(text.slice(start, found.index));
      this.#endLine();
      start = lineEnd.lastIndex;
    }
    this.#extendLine(text.slice(start));
  }

  #extendLine(part: string): void {
    if (part === '') return;
    this.#lineLength += part.length;
    if (this.#lineLength <= maxEventLength) this.#line.push(part);
  }

  #endLine(): void {
    const line = this.#lineLength <= maxEventLength ? this.#line.join('') : undefined;
    this.#line = [];
    this.#lineLength = 0;
    if (line === '') this.#dispatch();
    else if (line?.startsWith('data:')) this.#extendData(line.slice(line[5] === ' ' ? 6 : 5));
  }

  #extendData(value: string): void {
    this.#dataLength += value.length;
    if (this.#dataLength <= maxEventLength) this.#data.push(value);
  }

  #dispatch(): void {
    if (this.#data.length > 0 && this.#dataLength <= maxEventLength) this.#onData(this.#data.join('\n'));
    this.#data = [];
    this.#dataLength = 0;
  }
}
