import type {
  AssistantModelMessage,
  ModelMessage,
  ToolModelMessage,
  ToolResultPart,
  UserModelMessage,
} from 'ai';

/** One answer of the model and what came back for it. Kept or dropped as a whole: a call never loses its result. */
interface TurnRecord {
  readonly answer: readonly AssistantModelMessage[];
  reply: readonly (ToolModelMessage | UserModelMessage)[];
}

/** What is left of a tool result that was condensed. */
const condensedCharacters = 400;

function sizeOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + JSON.stringify(message.content).length, 0);
}

function condensed(part: ToolResultPart): ToolResultPart {
  const { output } = part;
  if (
    (output.type !== 'text' && output.type !== 'error-text') ||
    output.value.length <= condensedCharacters * 2
  )
    return part;
  const left = output.value.length - condensedCharacters;
  const value = `${output.value.slice(0, condensedCharacters)}\n[… ${left} characters of this old result left out to save space; run the command again if you need them …]`;
  return { ...part, output: { ...output, value } };
}

function condenseReply(message: ToolModelMessage | UserModelMessage): ToolModelMessage | UserModelMessage {
  if (message.role === 'user') return message;
  return {
    ...message,
    content: message.content.map((part) => (part.type === 'tool-result' ? condensed(part) : part)),
  };
}

/**
 * What was said in a trial, kept under a size in characters by forgetting the oldest first: first the bulk of old tool
 * results, then whole old turns. The instruction and the last turn always stay.
 */
export class Conversation {
  readonly #instruction: UserModelMessage;
  readonly #maxCharacters: number;
  #turns: TurnRecord[] = [];
  #forgotten = 0;

  constructor(instruction: string, maxCharacters: number) {
    this.#instruction = { role: 'user', content: instruction };
    this.#maxCharacters = maxCharacters;
  }

  addTurn(
    answer: readonly AssistantModelMessage[],
    reply: readonly (ToolModelMessage | UserModelMessage)[],
  ): void {
    this.#turns.push({ answer, reply });
    if (this.#size() > this.#maxCharacters) this.#prune();
  }

  /** As the model gets it, oldest first. */
  messages(): ModelMessage[] {
    const note: UserModelMessage[] =
      this.#forgotten === 0
        ? []
        : [{ role: 'user', content: `[${this.#forgotten} earlier turns are left out here to save space]` }];
    return [this.#instruction, ...note, ...this.#turns.flatMap(({ answer, reply }) => [...answer, ...reply])];
  }

  #size(): number {
    return sizeOf(this.messages());
  }

  /** Goes well below the limit, so that the vendor's prompt cache is not thrown away on every turn. */
  #prune(): void {
    const target = this.#maxCharacters * 0.7;
    for (const turn of this.#turns.slice(0, -1)) {
      if (this.#size() <= target) return;
      turn.reply = turn.reply.map(condenseReply);
    }
    while (this.#turns.length > 1 && this.#size() > target) {
      this.#turns.shift();
      this.#forgotten += 1;
    }
  }
}
