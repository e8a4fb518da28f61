import { createInterface } from 'node:readline/promises';

/** How the person at the machine was asked, or why nobody was. */
export type Consent = 'given' | 'refused' | 'nobody-to-ask';

/** `--yes` and CI say yes in advance; a terminal is asked; anything else has nobody to ask. */
export async function askConsent(
  question: string,
  given: { readonly yes: boolean; readonly ci: boolean },
): Promise<Consent> {
  if (given.yes || given.ci) return 'given';
  if (!process.stdin.isTTY || !process.stderr.isTTY) return 'nobody-to-ask';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [Y/n] `);
    return /^(y|yes|)$/i.test(answer.trim()) ? 'given' : 'refused';
  } finally {
    prompt.close();
  }
}
