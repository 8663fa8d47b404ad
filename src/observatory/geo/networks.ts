// Networks with something known of each: the narrowest that holds an address is found by one look-up a prefix length.
import { type Address, masked, type Network } from './address.ts';

export class NetworkMap<T> {
  readonly #v4: { size: number; values: Map<number, T> }[] = [];
  readonly #v6: { prefix: number; values: Map<string, T> }[] = [];

  set({ address, prefix }: Network, value: T): void {
    if (address.version === 4) {
      const size = 2 ** (32 - prefix);
      let table = this.#v4.find((other) => other.size === size);
      if (!table) {
        this.#v4.push((table = { size, values: new Map() }));
        this.#v4.sort((a, b) => a.size - b.size);
      }
      table.values.set(Math.floor(address.words[3]! / size), value);
    } else {
      let table = this.#v6.find((other) => other.prefix === prefix);
      if (!table) {
        this.#v6.push((table = { prefix, values: new Map() }));
        this.#v6.sort((a, b) => b.prefix - a.prefix);
      }
      table.values.set(address.words.join(), value);
    }
  }

  find(address: Address): T | undefined {
    if (address.version === 4) {
      for (const { size, values } of this.#v4) {
        const value = values.get(Math.floor(address.words[3]! / size));
        if (value !== undefined) return value;
      }
    } else
      for (const { prefix, values } of this.#v6) {
        const value = values.get(masked(address, prefix).join());
        if (value !== undefined) return value;
      }
    return undefined;
  }
}
