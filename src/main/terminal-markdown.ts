/** Wide symbols of our own comments; everything else in them is one column wide. */
const wide = /[\u{1F300}-\u{1FAFF}✅❌⏳]|⚠️/gu;

function columns(text: string): number {
  return text.replaceAll(wide, 'xx').length;
}

function cells(row: string): string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'));
}

function formatTable(rows: readonly string[]): string[] {
  const table = rows.filter((row) => !/^\|[\s:|-]+\|$/.test(row)).map(cells);
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => columns(row[column] ?? ''))),
  );
  return table.map((row) =>
    `  ${row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columns(cell)))).join('  ')}`.trimEnd(),
  );
}

function formatLine(line: string): string {
  return line
    .replace(/^#{1,6} /, '')
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)')
    .replaceAll(/\*\*([^*]+)\*\*/g, '$1')
    .replaceAll(/<summary>(.*?)<\/summary>/g, '▸ $1')
    .replaceAll(/<\/?(details|sub|sup|br|code|b|i|p)\b[^>]*>/g, '');
}

/**
 * A comment of ours as a person at a terminal reads it: no markers, no HTML, tables in columns.
 * @param markdown the body of a ClawBench comment.
 */
export function markdownForTerminal(markdown: string): string {
  const lines: string[] = [];
  let table: string[] = [];
  for (const line of markdown.replaceAll(/<!--[\s\S]*?-->/g, '').split('\n')) {
    const plain = formatLine(line);
    if (plain.startsWith('|')) {
      table.push(plain);
      continue;
    }
    lines.push(...formatTable(table), plain);
    table = [];
  }
  lines.push(...formatTable(table));
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
