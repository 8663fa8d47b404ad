// The thin line to ClickHouse: whatever can run a statement with bound values and take rows, in this process or on a server.

export type Value = string | number | readonly string[] | readonly number[];

export interface Engine {
  /**
   * Runs a statement and gives its rows. Values are bound by name and type where the text says `{from:Int64}`; they never become part of
   * the text. Whole numbers of 64 bits come as numbers: everything here stays below 2^53.
   */
  query<Row = Record<string, unknown>>(sql: string, values?: Readonly<Record<string, Value>>): Promise<Row[]>;
  /** Appends rows to a table, as ClickHouse reads `JSONEachRow`. */
  insert(table: string, rows: readonly object[]): Promise<void>;
  close(): Promise<void>;
}
