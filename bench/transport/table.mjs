// Lines of results as a table: a column for each field, a row for each line.

/** @param lines plain objects; one level of nested ones becomes columns of its own */
export function table(name, lines) {
  const rows = lines.map(({ bench, ...line }) => flatten(line));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index].length)));
  const isNumber = (cell) => /^-?[\d.]+$/.test(cell);
  const text = cells.map((row) =>
    row
      .map((cell, index) => (isNumber(cell) ? cell.padStart(widths[index]) : cell.padEnd(widths[index])))
      .join('  ')
      .trimEnd(),
  );
  return `\n${name}\n${text.join('\n')}`;
}

function flatten(line) {
  const flat = {};
  for (const [key, value] of Object.entries(line)) {
    if (typeof value !== 'object' || value === null) flat[key] = value;
    else for (const [inner, nested] of Object.entries(value)) flat[`${key}.${inner}`] = nested;
  }
  return flat;
}
