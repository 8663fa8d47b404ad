// The addresses of this machine, which nothing that is passed on may name.
import { networkInterfaces } from 'node:os';

export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address.split('%')[0]!));
