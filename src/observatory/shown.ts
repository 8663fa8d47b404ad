// The store as the pages see it: one object, though the database behind it may be put aside and built anew.
import { isCorrupt, openStore } from './open.ts';
import { SqliteStore } from './sqlite.ts';

export interface Shown {
  /** Use it as if it were the store of now. */
  store: SqliteStore;
  /** Opens what is under the path now. */
  reopen(): void;
}

/**
 * Opens a store for reading.
 * @param onDamaged told of damage that a query met; once, until `reopen`
 */
export function openShown(path: string, onDamaged: (error: Error) => void): Shown {
  let current = openStore(path, { readOnly: true });
  let told = false;
  const guarded = (method: (...values: unknown[]) => unknown) =>
    function (this: unknown, ...values: unknown[]) {
      try {
        return method.apply(current, values);
      } catch (error) {
        if (isCorrupt(error) && !told) {
          told = true;
          onDamaged(error as Error);
        }
        throw error;
      }
    };
  const store = new Proxy(Object.create(SqliteStore.prototype) as SqliteStore, {
    get(_, name) {
      const value = Reflect.get(current, name, current) as unknown;
      return typeof value === 'function' ? guarded(value as (...values: unknown[]) => unknown) : value;
    },
  });
  return {
    store,
    reopen() {
      const next = openStore(path, { readOnly: true });
      current.close();
      current = next;
      told = false;
    },
  };
}
