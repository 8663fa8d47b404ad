// Every probe by area, in the order of a connection's life.
import type { Probes } from './probe.ts';
import { afterKeys } from './probes/after-keys.ts';
import { authentication } from './probes/authentication.ts';
import { connection } from './probes/connection.ts';
import { forwarding } from './probes/forwarding.ts';
import { identification } from './probes/identification.ts';
import { keyExchange } from './probes/key-exchange.ts';
import { packets } from './probes/packets.ts';
import { session } from './probes/session.ts';

export const areas: Readonly<Record<string, Probes>> = {
  identification: identification,
  packets: packets,
  'key exchange': keyExchange,
  'after keys': afterKeys,
  authentication: authentication,
  connection: connection,
  session: session,
  forwarding: forwarding,
};
