// The vocabulary: every thing that Kansatsuki can observe. Learn this page and you know the product.
//
// Ids, fields and units are Cowrie's (its `cowrie.json`, generation of 2026) wherever Cowrie has a name for the thing;
// what Cowrie lacks is a `kansatsuki.*` id. An event is a flat JSON object: the envelope and the fields of its id.

/** Who talked to whom: bound once when a connection is accepted, and carried by every event of that connection. */
export interface Connection {
  /** 12 lower-case hexadecimal digits, random; unique within one sensor. */
  session: string;
  protocol: Protocol;
  /** Peer address as text; an IPv4-mapped IPv6 address is reduced to plain IPv4. */
  src_ip: string;
  src_port: number;
  /** Local address and port of the accepted socket. */
  dst_ip: string;
  dst_port: number;
}

/** Protocols of which only the login attempts are heard. */
export const HERALDED = ['ftp', 'http', 'pop3', 'imap', 'smtp', 'mysql', 'postgresql', 'redis', 'vnc', 'rdp'] as const;
export type HeraldedProtocol = (typeof HERALDED)[number];
export const PROTOCOLS = ['ssh', 'telnet', ...HERALDED] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How far a session came, in the order in which an intrusion goes on. */
export const STAGES = ['login', 'command', 'discovery', 'download', 'payload', 'execution', 'persistence'] as const;
export type Stage = (typeof STAGES)[number];

/** What the dispatcher adds to every event. */
export interface Stamp {
  eventid: EventId;
  /** `sensor.name` of the configuration, else the host's name. */
  sensor: string;
  /** Installation id, a UUID made at first start. */
  uuid: string;
  /** ISO 8601 in UTC with six fractional digits: `2026-08-21T12:00:00.250000Z`. */
  timestamp: string;
  /** The id's message template after substitution. */
  message: string;
  /** Present and true when the event was emitted after its connection had closed. */
  late?: true;
}

/** A public key as a client offered it. `key` is the OpenSSH one-line form; `fingerprint` is MD5 in colon-separated hex. */
export interface OfferedKey {
  fingerprint: string;
  key: string;
  type: string;
}

/** A file kept in the vault; `outfile` ends in the hash. */
export interface Artefact {
  shasum: string;
  outfile: string;
  duplicate: boolean;
}

/** Of a tunnel: where the client wanted it to lead, and the number of its channel. */
export interface Tunnelled {
  dst_ip: string;
  dst_port: number;
  id: number;
}

/** The fields of each id, without envelope and stamp. Text here is already in Cowrie's normal form (codec.ts). */
export interface Fields {
  // Connection
  'cowrie.session.connect': object;
  'cowrie.session.closed': { duration_ms: number; duration: number };
  'cowrie.session.params': { arch: string };

  // The client
  'cowrie.client.version': { version: string };
  'cowrie.client.kex': {
    hassh: string;
    hasshAlgorithms: string;
    kexAlgs: string[];
    keyAlgs: string[];
    encCS: string[];
    macCS: string[];
    compCS: string[];
    langCS: string[];
  };
  'cowrie.client.malformed_packet': { messagenum: number; datalen: number; data: string };
  'cowrie.client.size': { width: number; height: number };
  'cowrie.client.var': { name: string; value: string };
  'cowrie.client.fingerprint': { username: string } & OfferedKey;

  // Authentication: a password, or a key, or (method none) neither
  'cowrie.login.success': { username: string; password?: string } & Partial<OfferedKey>;
  'cowrie.login.failed': { username: string; password?: string } & Partial<OfferedKey>;

  /** A password that was not sent but proven, in hexadecimal digits: `scheme` says how the response follows from the challenge. */
  'kansatsuki.login.proof': { username: string; scheme: string; challenge: string; response: string };

  /**
   * A decoy password (`@decoy/N` of the userdb) was accepted. `given`: this address has just found it, and no other knows it; `handed`: it
   * was given to another, `given_to`, at `given_at` (ISO 8601), and this address knew it at once.
   */
  'kansatsuki.login.decoy': {
    username: string;
    password: string;
    how: 'given' | 'back' | 'handed';
    given_to?: string;
    given_at: string;
  };

  // What was typed
  'cowrie.command.input': { input: string; realm?: string };
  'cowrie.command.failed': { input: string };
  'cowrie.command.success': { input: string; realm?: string };
  'cowrie.command.chpasswd': { realm: 'chpasswd'; username: string };
  'cowrie.session.input': { realm: string; input: string };

  // Files
  'cowrie.session.file_download': Artefact & { url?: string; destfile?: string };
  'cowrie.session.file_download.failed': { url: string; error?: string };
  /** `size` in bytes is ours. */
  'cowrie.session.file_upload': Artefact & { filename: string; url?: string; destfile?: string; size?: number };
  'cowrie.log.closed': {
    ttylog: string;
    size: number;
    shasum: string;
    duplicate: boolean;
    duration_ms: number;
    duration: number;
  };

  // Forwarding
  'cowrie.direct-tcpip.request': { dst_ip: string; dst_port: number; orig_ip: string; orig_port: number };
  'cowrie.direct-tcpip.data': { dst_ip: string; dst_port: number; data: string; id: number };

  /** The tunnel really leads to the one configured address. */
  'cowrie.direct-tcpip.redirect': {
    new_ip: string;
    new_port: number;
    dst_ip: string;
    dst_port: number;
    orig_ip: string;
    orig_port: number;
  };

  // Telnet
  'cowrie.telnet.option': { command: 'WILL' | 'WONT' | 'DO' | 'DONT'; option_name: string; option_byte: number };
  'cowrie.telnet.error': { error: string };
  'cowrie.telnet.exploit_attempt': { cve: string; name: string; value: string };
  /** Only with config telnet.exploit = succeed. */
  'cowrie.telnet.exploit_success': {
    cve: string;
    username: string;
    original_username: string;
    attempted_command: string;
  };

  // Ours, of Telnet
  /** An attack on a Telnet daemon or its login, by how it looks; `name` is the variable, option or command that carried it. */
  'kansatsuki.telnet.exploit': { cve?: string; technique: string; name: string; value: string };
  /**
   * What a Telnet client did, written when it leaves. `negotiation` up to the login as `WILL NAWS`, `SB NAWS` in order; `fingerprint` is the
   * MD5 of it and of the first line end, joined by `;`. Lists are cut at a length that no client reaches.
   */
  'kansatsuki.client.telnet': {
    negotiation: string[];
    fingerprint: string;
    line_ends?: string[];
    /** As it named them, one after the other when asked again. */
    terminal_types?: string[];
    /** Transmit and receive, `38400,38400`. */
    speed?: string;
    display?: string;
    /** Width x height. */
    window?: string;
    /** Triplets of its LINEMODE SLC, in hexadecimal. */
    special_characters?: string;
    first_byte_ms?: number;
    login_ms?: number;
  };

  // Ours, of a session
  /**
   * What one line, exec string or script was, written when it has ended; the `cowrie.command.input` of it came before. Every text is fit
   * to be shown (control characters escaped), every list bounded; `cut`: something was left out. An empty list is absent.
   */
  'kansatsuki.session.line': {
    /** The first 1,024 characters. */
    input: string;
    /** The commands in order, words resolved as far as the line itself tells them, those inside of `eval`, `sh -c` and decoded scripts too. */
    commands: { name: string; arguments: string[] }[];
    /** What had been encoded: `how` (`base64`, `hex`, `gzip`, `echo -e` …), the text's start, and its whole length. */
    decoded?: readonly { how: string; text: string; bytes: number }[];
    urls?: readonly string[];
    /** `192.0.2.1`, `[2001:db8::1]:80`, `example.com:3333`. */
    addresses?: readonly string[];
    /** Public keys in authorized_keys form. */
    ssh_keys?: readonly { type: string; fingerprint: string; comment?: string }[];
    /** Paths of what it really did in the machine. */
    read?: readonly string[];
    written?: readonly string[];
    removed?: readonly string[];
    executed?: readonly string[];
    /** Absent: the session ended before the line did. */
    exit_code?: number;
    duration_ms: number;
    cut?: true;
  };
  /**
   * What the machine does not have: what to emulate next. `kind`: `unknown`, no such program in the persona (Cowrie's command.failed);
   * `program`, in the persona but not emulated; `option`, one `option` of a program that is. Once a session, kind and thing.
   */
  'kansatsuki.session.gap': { kind: 'unknown' | 'program' | 'option'; program: string; option?: string; input: string };
  /**
   * A binary that was brought along was started; none is ever run. `outcome`: it played its part (config machine.binaries), was cut off
   * and died, or was of another architecture (`Exec format error`). `arch` as uname -m or Debian names it.
   */
  'kansatsuki.session.binary': {
    path: string;
    argv: string[];
    shasum: string;
    size: number;
    format: 'ELF' | 'PE' | 'Mach-O' | 'Java' | 'WebAssembly';
    arch: string;
    bits: 32 | 64;
    type: string;
    linked: 'static' | 'dynamic';
    /** Of a dynamic one: the loader that it asks for. */
    loader?: string;
    /** Absent where the file does not tell. */
    stripped?: boolean;
    packer?: 'UPX';
    outcome: 'started' | 'crashed' | 'rejected';
  };
  /**
   * How far a session came that logged in, written when it ends: the furthest of login, command, discovery, download, payload (a file is
   * here), execution (a binary was started), persistence. Downloads are different URLs, payloads different files.
   */
  'kansatsuki.session.summary': {
    persona: string;
    stage: Stage;
    commands: number;
    downloads: number;
    payloads: number;
    started: number;
  };
  /** A subsystem was started, for instance `sftp`. */
  'kansatsuki.session.subsystem': { name: string };
  /** A download was asked for; policy `record` fetches nothing. `tool` is the emulated program. */
  'kansatsuki.session.download_request': { url: string; tool: string; policy: 'record' | 'fetch'; destfile?: string };
  /**
   * How a download of policy `fetch` ended, each redirect on its own. `why` is there when no whole file came: not allowed, refused,
   * unresolved, timed out, cut off. `tls` is the SHA-256 of the server's certificate, which is not judged.
   */
  'kansatsuki.session.download_result': {
    url: string;
    tool: string;
    bytes: number;
    address?: string;
    status?: number;
    tls?: string;
    why?: string;
  };
  /** The client broke a protocol or a limit; `reason` is one of a fixed list, `detail` never longer than 256 characters. */
  'kansatsuki.session.violation': { layer: Layer; reason: string; detail?: string };

  // Ours, of an SSH client, written when it leaves
  /**
   * What cowrie.client.kex leaves out: lists of the other direction where they differ, whether a guessed packet followed, EXT_INFO
   * (`name=value`), and the algorithms that were agreed on, client to server. The same for every connection of one client program.
   */
  'kansatsuki.client.kexinit': {
    encSC?: string[];
    macSC?: string[];
    compSC?: string[];
    langSC?: string[];
    follows: boolean;
    extensions?: string[];
    kex?: string;
    host_key?: string;
    cipher?: string;
    mac?: string;
    compression?: string;
  };
  /**
   * Order and time of what it did; `…_ms` since the connection was accepted. Lists are cut at a length that no client reaches.
   */
  'kansatsuki.client.profile': {
    first_byte_ms?: number;
    ident_ms?: number;
    kexinit_ms?: number;
    newkeys_ms?: number;
    login_ms?: number;
    first_channel_ms?: number;
    /** Key exchanges after the first. */
    rekeyings?: number;
    auth_attempts: number;
    /** Method and time of each request, one list beside the other. */
    auth_methods?: string[];
    auth_ms?: number[];
    /** `algorithm SHA256:… query|signed`, in the order of first offers. */
    keys?: string[];
    /** `open session`, `request pty-req`, `global keepalive@openssh.com` … in order. */
    asked?: string[];
    /** `type window packet`, as the client offered them. */
    channels?: string[];
    term?: string;
    /** Of the terminal, `width` x `height`, if the client knows. */
    pixels?: string;
    /** Encoded terminal modes as `NAME=value`, in order. */
    modes?: string[];
    /** Code and text of its DISCONNECT. */
    disconnect?: string;
  };

  // Ours, of forwarding; `id` is the number of the channel
  /**
   * Something else than direct-tcpip was to be forwarded. `remote` and `remote-streamlocal` are listeners on this side (`chosen`: the
   * port that port 0 became), `cancel` takes one back.
   */
  'kansatsuki.forward.request': {
    kind: 'streamlocal' | 'remote' | 'remote-streamlocal' | 'cancel' | 'agent' | 'x11' | 'tun' | 'tun-ethernet';
    accepted: boolean;
    address?: string;
    port?: number;
    chosen?: number;
    path?: string;
    protocol_name?: string;
    screen?: number;
  };
  /** What the client began to speak in a tunnel was TLS, or HTTP. */
  'kansatsuki.forward.tls': Tunnelled & { sni?: string; alpn: string[]; versions: string[] };
  'kansatsuki.forward.http': Tunnelled & {
    method: string;
    target: string;
    version: string;
    host?: string;
    user_agent?: string;
  };
  /** A tunnel is over, or was refused (`reason`: what the client was told). `inner_session` is the honeypot session it led to. */
  'kansatsuki.forward.closed': (Tunnelled | { path: string; id: number }) & {
    answer: 'refused' | 'discard' | 'fake' | 'sink' | 'service';
    reason?: string;
    bytes_in: number;
    bytes_out: number;
    duration_ms: number;
    inner_session?: string;
  };

  // Ours, of the sensor (no connection)
  'kansatsuki.sensor.started': { version: string; persona: string; listeners: string[] };
  'kansatsuki.sensor.stopped': { reason: string };
  'kansatsuki.process.restarted': { process: 'sensor' | 'observer'; code: number | null; signal: string | null };
  /** Connections refused by a limit since the last such event; at most one event a minute and reason. */
  'kansatsuki.limit.refused': {
    reason: 'per_address' | 'global' | 'startups' | 'per_source' | 'penalty' | 'proxy';
    count: number;
    src_ips: string[];
  };
  'kansatsuki.userdb.loaded': { file: string; rules: number };
  'kansatsuki.userdb.invalid': { file: string; line: number; reason: string };
  /** A line that a crash or a full disk had cut off was found at the end of a log and removed; `data` is its start. */
  'kansatsuki.journal.torn': { file: string; bytes: number; data: string };
  /** Events that could not be written, for instance on a full disk; emitted once writing works again. */
  'kansatsuki.journal.lost': { count: number; reason: string };
  /** A finished file of the journal was entered in its chain (docs/retention.md). `head` is the hash of that line: note it elsewhere. */
  'kansatsuki.journal.sealed': {
    file: string;
    events: number;
    bytes: number;
    sha256: string;
    entry: number;
    head: string;
  };
  /** Retention removed something: for its age, for the bytes of its kind, or for want of disk. `before`: of events, what is older is gone. */
  'kansatsuki.retention.removed': {
    what: 'events' | 'journal' | 'recordings' | 'samples';
    count: number;
    bytes: number;
    reason: 'age' | 'bytes' | 'disk';
    before?: string;
  };
  /** Free disk fell below disk.reserve, or is above it again; bytes. */
  'kansatsuki.disk.low': { free: number; reserve: number };
  'kansatsuki.disk.recovered': { free: number; reserve: number };
}

export type Layer =
  | 'tcp'
  | 'ident'
  | 'transport'
  | 'kex'
  | 'auth'
  | 'connection'
  | 'telnet'
  | 'shell'
  | HeraldedProtocol;
export type EventId = keyof Fields;
/** Ids that belong to no connection. */
export type SensorEventId = Extract<
  EventId,
  `kansatsuki.${'sensor' | 'process' | 'limit' | 'userdb' | 'journal' | 'retention' | 'disk'}.${string}`
>;
export type SessionEventId = Exclude<EventId, SensorEventId>;

/** An event as it stands in `cowrie.json`. Fields such as `dst_ip` of a forwarding request replace the connection's. */
export type Event<Id extends EventId = EventId> = Id extends SensorEventId
  ? Stamp & { eventid: Id } & Fields[Id]
  : Omit<Connection, keyof Fields[Id]> & Stamp & { eventid: Id } & Fields[Id];

/** Emits an event of one connection; the recorder adds envelope, stamp and message. */
export type Emit = <Id extends SessionEventId>(eventid: Id, fields: Fields[Id]) => void;
