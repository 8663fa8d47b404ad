// What the running kernel and init were told and files do not say: firewall rules, routes, parameters, modules, units.
import { SystemError } from './errno.ts';

/** Bytes of JSON that one machine may hold. */
const MOST = 512 << 10;

/**
 * Values by name, each of them plain JSON; stored with the machine. A value that was set is never changed in place: whoever changes it
 * sets a new one.
 */
export class Settings {
  readonly #values = new Map<string, { value: unknown; size: number }>();
  readonly #reserve: (bytes: number) => boolean;
  #size = 0;
  /** Grows with every change. */
  version = 0;

  /** `reserve` is asked before bytes are held and told when they are given back. */
  constructor(reserve: (bytes: number) => boolean) {
    this.#reserve = reserve;
  }

  /** Bytes held. */
  get size(): number {
    return this.#size;
  }

  get(name: string): unknown {
    return this.#values.get(name)?.value;
  }

  /** Throws ENOMEM when there is no room. `undefined` takes the value away. */
  set(name: string, value: unknown): void {
    const before = this.#values.get(name);
    const text = value === undefined ? '' : JSON.stringify(value);
    const size = value === undefined ? 0 : name.length + text.length;
    if (size === (before?.size ?? 0) && (!before || JSON.stringify(before.value) === text)) return;
    const more = size - (before?.size ?? 0);
    if (this.#size + more > MOST || !this.#reserve(more)) throw new SystemError('ENOMEM');
    this.#size += more;
    this.version++;
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, { value, size });
  }

  /** For `load`; undefined when nothing was ever set. */
  save(): Record<string, unknown> | undefined {
    if (this.#values.size === 0) return undefined;
    return Object.fromEntries([...this.#values].map(([name, { value }]) => [name, value]));
  }

  load(saved: Record<string, unknown> = {}): void {
    for (const [name, value] of Object.entries(saved)) this.set(name, value);
  }
}
