// Session ids as the store keeps them.

const HEX12 = /^[0-9a-f]{12}$/;

/** Session ids of 12 hexadecimal digits are kept as numbers; the colon keeps SQLite from making numbers of others. */
export function sidValue(sid: string): number | string {
  return HEX12.test(sid) ? Number.parseInt(sid, 16) : `:${sid}`;
}

export function sidText(value: number | string): string {
  return typeof value === 'number' ? value.toString(16).padStart(12, '0') : value.slice(1);
}
