// Where a service of the sensor listens, and whose machine it shows: `ADDRESS:PORT`, `ADDRESS:PORT=PERSONA` or `…=PERSONA+PERSONA`.

/** What a persona may be called. */
const PERSONA = '[A-Za-z0-9][A-Za-z0-9._-]{0,63}';
export const PERSONAS_PATTERN = new RegExp(`^${PERSONA}(\\+${PERSONA}){0,15}$`);
export const LISTEN_PATTERN = new RegExp(
  `^(off|(\\[[0-9a-fA-F:.]+\\]|[0-9.]+|localhost):\\d{1,5}(=${PERSONA}(\\+${PERSONA}){0,15})?)$`,
);

export interface Listen {
  /** `ADDRESS:PORT` as it was written. */
  address: string;
  host: string;
  port: number;
  /** Empty: those of `sensor.persona`. */
  personas: string[];
}

/** `a+b`: each source address sees one of them, always the same. */
export const personasOf = (text: string): string[] => [...new Set(text.split('+'))];

/** @param text of an address that is not `off` */
export function parseListen(text: string): Listen {
  const [address = '', personas] = text.split('=');
  const at = address.lastIndexOf(':');
  return {
    address,
    host: address.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(at + 1)),
    personas: personas === undefined ? [] : personasOf(personas),
  };
}

/** The entries of `sensor.ssh` or `sensor.telnet`, without `off`. */
export const listensOf = (value: string | readonly string[]): Listen[] =>
  [value]
    .flat()
    .filter((text) => text !== 'off')
    .map(parseListen);
