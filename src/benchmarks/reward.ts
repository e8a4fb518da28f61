import { z } from 'zod';

/** Bytes a reward file may have: room for many digits, none for anything else. */
export const maxRewardBytes = 4_096;

/** A reward in [0,1], or why the files are none. */
export type RewardReading =
  | { readonly kind: 'reward'; readonly reward: number }
  | { readonly kind: 'broken'; readonly message: string };

const rewardNumber = z.number().min(0).max(1);
/** Harbor's flat object of numbers; `reward` is the one that counts. */
const rewardObject = z.record(z.string().max(200), z.number()).and(z.object({ reward: rewardNumber }));
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

/**
 * Reads what a verifier wrote to `reward.json` and `reward.txt`; null stands for a file that is not there.
 * Nothing is guessed: no file, a broken file or two that differ make no reward.
 */
export function readReward(files: {
  readonly json: Uint8Array | null;
  readonly text: Uint8Array | null;
}): RewardReading {
  const json = files.json && fromJson(files.json);
  const text = files.text && fromText(files.text);
  if (json?.kind === 'broken') return json;
  if (text?.kind === 'broken') return text;
  if (json && text && json.reward !== text.reward) {
    return broken(`reward.json says ${json.reward} and reward.txt says ${text.reward}`);
  }
  return json ?? text ?? broken('it wrote neither reward.json nor reward.txt');
}

function fromJson(bytes: Uint8Array): RewardReading {
  if (bytes.byteLength > maxRewardBytes) return broken(`reward.json is larger than ${maxRewardBytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return broken('reward.json is not JSON');
  }
  const parsed = rewardObject.safeParse(value);
  if (!parsed.success) return broken('reward.json is not a flat object of numbers with a reward from 0 to 1');
  return { kind: 'reward', reward: parsed.data.reward };
}

function fromText(bytes: Uint8Array): RewardReading {
  if (bytes.byteLength > maxRewardBytes) return broken(`reward.txt is larger than ${maxRewardBytes} bytes`);
  const text = Buffer.from(bytes).toString('utf8').trim();
  const parsed = rewardNumber.safeParse(decimal.test(text) ? Number(text) : undefined);
  if (!parsed.success) return broken('reward.txt is not one number from 0 to 1');
  return { kind: 'reward', reward: parsed.data };
}

function broken(message: string): RewardReading {
  return { kind: 'broken', message };
}
