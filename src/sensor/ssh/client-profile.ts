// What one SSH client shows of itself beyond Cowrie's events: the rest of its KEXINIT, what was agreed on, and in which order and time it does things.
import { createHash } from 'node:crypto';
import { textOrRepr } from '../../event/escape.ts';
import type { Fields } from '../../event/event.ts';
import type { AuthRequest, Channel, ClientKexInit, Negotiated, PtyRequest } from '../../wire/ssh/ssh.ts';
import { boundedNames } from './client-key.ts';
import { modeNames } from './terminal-modes.ts';

/** Of each list; what comes later is only counted. */
const MOST_ATTEMPTS = 64;
const MOST_KEYS = 32;
const MOST_CHANNELS = 32;
const MOST_ASKED = 64;
const MOST_EXTENSIONS = 16;
/** Characters of a name, and of an extension's value. */
const LONGEST_NAME = 128;
const LONGEST_VALUE = 512;

type Profile = Fields['kansatsuki.client.profile'];

const named = (text: string): string => textOrRepr(text.slice(0, LONGEST_NAME));
const same = (one: string[], other: string[]): boolean => one.join(',') === other.join(',');

export class ClientProfile {
  readonly #elapsed: () => number;
  /** Of the first KEXINIT, which itself is too large to be held for as long as a session lasts. */
  #exchange: Fields['kansatsuki.client.kexinit'] | undefined;
  #negotiated: Negotiated | undefined;
  #exchanges = 0;
  readonly #extensions: string[] = [];
  #keys: Set<string> | undefined;
  readonly #profile: Profile & {
    auth_methods: string[];
    auth_ms: number[];
    asked: string[];
    channels: string[];
  } = { auth_attempts: 0, auth_methods: [], auth_ms: [], asked: [], channels: [] };

  /** @param elapsed whole milliseconds since the connection was accepted */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** The first bytes of the client. */
  spoke(): void {
    this.#profile.first_byte_ms ??= this.#elapsed();
  }

  ident(): void {
    this.#profile.ident_ms ??= this.#elapsed();
  }

  kexInit(message: ClientKexInit): void {
    if (this.#exchange) return;
    this.#profile.kexinit_ms = this.#elapsed();
    const differing = (name: 'encSC' | 'macSC' | 'compSC' | 'langSC', one: string[], other: string[]) =>
      same(one, other) ? {} : { [name]: boundedNames(other) };
    this.#exchange = {
      ...differing('encSC', message.cipherIn, message.cipherOut),
      ...differing('macSC', message.macIn, message.macOut),
      ...differing('compSC', message.compressionIn, message.compressionOut),
      ...differing('langSC', message.languageIn, message.languageOut),
      follows: message.firstKexPacketFollows,
    };
  }

  newKeys(negotiated: Negotiated): void {
    this.#negotiated ??= negotiated;
    this.#profile.newkeys_ms ??= this.#elapsed();
    if (this.#exchanges++ > 0) this.#profile.rekeyings = this.#exchanges - 1;
  }

  extInfo(extensions: [name: string, value: Buffer][]): void {
    for (const [name, value] of extensions.slice(0, MOST_EXTENSIONS - this.#extensions.length))
      this.#extensions.push(`${named(name)}=${textOrRepr(value.subarray(0, LONGEST_VALUE))}`);
  }

  /** One thing that the client asked for, before it is answered. */
  asked(what: 'auth' | 'global' | 'open' | 'request', name: string): void {
    const profile = this.#profile;
    if (what === 'auth') {
      profile.auth_attempts++;
      if (profile.auth_methods.length >= MOST_ATTEMPTS) return;
      profile.auth_methods.push(named(name));
      profile.auth_ms.push(this.#elapsed());
    } else if (profile.asked.length < MOST_ASKED) profile.asked.push(`${what} ${named(name)}`);
  }

  /** A key in the order of its first offer, and whether it came with a signature (which nobody looks at when the key would not do). */
  offered(request: Extract<AuthRequest, { method: 'publickey' }>): void {
    this.#keys ??= new Set();
    if (this.#keys.size >= MOST_KEYS) return;
    const sha256 = createHash('sha256').update(request.blob).digest('base64').replace(/=+$/, '');
    this.#keys.add(`${named(request.algorithm)} SHA256:${sha256} ${request.signed ? 'signed' : 'query'}`);
  }

  authenticated(): void {
    this.#profile.login_ms ??= this.#elapsed();
  }

  opened(type: string, { peerOffer }: Channel): void {
    this.#profile.first_channel_ms ??= this.#elapsed();
    if (this.#profile.channels.length < MOST_CHANNELS)
      this.#profile.channels.push(`${type} ${peerOffer.window} ${peerOffer.packet}`);
  }

  pty(request: PtyRequest): void {
    if (this.#profile.term !== undefined) return;
    this.#profile.term = textOrRepr(request.term.subarray(0, LONGEST_NAME));
    this.#profile.modes = modeNames(request.modes);
    const { widthPixels, heightPixels } = request;
    if (widthPixels > 0 || heightPixels > 0) this.#profile.pixels = `${widthPixels}x${heightPixels}`;
  }

  disconnected(code: number, description: Buffer): void {
    this.#profile.disconnect = `${code} ${textOrRepr(description.subarray(0, LONGEST_VALUE))}`;
  }

  /** What Cowrie's `cowrie.client.kex` leaves out; undefined when no KEXINIT came. Lists that equal the other direction's are left out. */
  exchange(): Fields['kansatsuki.client.kexinit'] | undefined {
    if (!this.#exchange) return undefined;
    const negotiated = this.#negotiated;
    return {
      ...this.#exchange,
      ...(this.#extensions.length > 0 ? { extensions: this.#extensions } : {}),
      ...(negotiated
        ? {
            kex: negotiated.kex,
            host_key: negotiated.hostKey,
            cipher: negotiated.cipherIn,
            // An AEAD cipher has none.
            ...(negotiated.macIn ? { mac: negotiated.macIn } : {}),
            compression: negotiated.compressionIn,
          }
        : {}),
    };
  }

  /** Undefined when the client never said a word. */
  summary(): Profile | undefined {
    const profile = this.#profile;
    if (profile.first_byte_ms === undefined) return undefined;
    const { auth_methods, auth_ms, asked, channels, ...rest } = profile;
    return {
      ...rest,
      ...(auth_methods.length > 0 ? { auth_methods, auth_ms } : {}),
      ...(this.#keys ? { keys: [...this.#keys] } : {}),
      ...(asked.length > 0 ? { asked } : {}),
      ...(channels.length > 0 ? { channels } : {}),
    };
  }
}
