/** Text from elsewhere, made safe for a terminal: no control character can move the cursor, set a title or hide a word. */
export function terminalSafe(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '�');
}
