/** How text is laid out on a terminal: tables, labelled values and wrapped lines. */

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  /** Never cut: ids are there to be copied. */
  whole?: boolean;
}

/**
 * Rows under their titles, no wider than `width` unless columns that must stay whole need it. A column in which nothing
 * stands leaves its room to the others.
 */
export function table<Row>(rows: readonly Row[], all: readonly Column<Row>[], width: number): string {
  const columns = all.filter(({ value }) => rows.some((row) => value(row) !== ''));
  const cells = rows.map((row) => columns.map((column) => visible(column.value(row))));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => widthOf(row[index] ?? ''))),
  );
  const gaps = 2 * (columns.length - 1);
  for (let excess = sum(widths) + gaps - width; excess > 0; excess -= 1) {
    const widest = indexOfWidest(widths, columns);
    if (widest === undefined) break;
    widths[widest]! -= 1;
  }
  const line = (row: readonly string[]) => row.map((cell, index) => fit(cell, widths[index]!)).join('  ');
  return [columns.map(({ title }) => title), ...cells].map((row) => line(row).trimEnd()).join('\n');
}

/** One line for each value, under a common margin; pairs without a value are left out. */
export function labelled(pairs: readonly (readonly [label: string, value: string | undefined])[]): string {
  const present = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  const margin = Math.max(0, ...present.map(([label]) => label.length));
  return present.map(([label, value]) => `  ${label.padEnd(margin)}  ${visible(value)}`).join('\n');
}

/** Breaks text at spaces so that, with its indent, it keeps within `width`; long words stay whole. */
export function wrap(text: string, indent: number, width: number): string {
  const margin = ' '.repeat(indent);
  const lines = [''];
  for (const word of visible(text).split(' ')) {
    const last = lines[lines.length - 1]!;
    if (last === '') lines[lines.length - 1] = word;
    else if (indent + widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => margin + line).join('\n');
}

/** Stored text can't move the cursor or hide what is printed: control and format characters show as U+FFFD. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** 2026-11-24 03:12 UTC */
export function moment(time: number | undefined): string | undefined {
  return time === undefined
    ? undefined
    : `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function fit(text: string, width: number): string {
  const excess = widthOf(text) - width;
  if (excess <= 0) return text + ' '.repeat(-excess);
  let cut = '';
  for (const character of text) {
    if (widthOf(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…${' '.repeat(width - 1 - widthOf(cut))}`;
}

/** In columns of a terminal: East Asian characters and emoji take two, combining marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}！-｠]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

function indexOfWidest(widths: readonly number[], columns: readonly Column<never>[]): number | undefined {
  let widest: number | undefined;
  widths.forEach((width, index) => {
    if (columns[index]?.whole === true || width <= 6) return;
    if (widest === undefined || width > widths[widest]!) widest = index;
  });
  return widest;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
