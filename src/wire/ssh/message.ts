// The numbers of the protocol: message types (RFC 4250 §4.1), disconnect reasons (§4.2), open failures (§4.3).

export const MSG = {
  DISCONNECT: 1,
  IGNORE: 2,
  UNIMPLEMENTED: 3,
  DEBUG: 4,
  SERVICE_REQUEST: 5,
  SERVICE_ACCEPT: 6,
  EXT_INFO: 7,
  KEXINIT: 20,
  NEWKEYS: 21,
  /** KEXDH_INIT, ECDH_INIT, hybrid INIT: all are 30; 30 of the old group exchange is GEX_REQUEST_OLD. */
  KEX_INIT: 30,
  KEX_REPLY: 31,
  KEX_GEX_GROUP: 31,
  KEX_GEX_INIT: 32,
  KEX_GEX_REPLY: 33,
  KEX_GEX_REQUEST: 34,
  USERAUTH_REQUEST: 50,
  USERAUTH_FAILURE: 51,
  USERAUTH_SUCCESS: 52,
  USERAUTH_BANNER: 53,
  USERAUTH_PK_OK: 60,
  USERAUTH_INFO_REQUEST: 60,
  USERAUTH_INFO_RESPONSE: 61,
  USERAUTH_GSSAPI_EXCHANGE_COMPLETE: 63,
  GLOBAL_REQUEST: 80,
  REQUEST_SUCCESS: 81,
  REQUEST_FAILURE: 82,
  CHANNEL_OPEN: 90,
  CHANNEL_OPEN_CONFIRMATION: 91,
  CHANNEL_OPEN_FAILURE: 92,
  CHANNEL_WINDOW_ADJUST: 93,
  CHANNEL_DATA: 94,
  CHANNEL_EXTENDED_DATA: 95,
  CHANNEL_EOF: 96,
  CHANNEL_CLOSE: 97,
  CHANNEL_REQUEST: 98,
  CHANNEL_SUCCESS: 99,
  CHANNEL_FAILURE: 100,
  /** ping@openssh.com, OpenSSH 9.5 and later. */
  PING: 192,
  PONG: 193,
} as const;

/** The last number of the transport layer; those above belong to services. */
export const TRANSPORT_MAX = 49;
/** First number of the local extensions (RFC 4250 §4.1.2). */
export const LOCAL_MIN = 192;

/** sshd gives every disconnect of its own the same reason (packet.c, sshpkt_disconnect). */
export const DISCONNECT_PROTOCOL_ERROR = 2;

export const OPEN_FAILURE = { administrativelyProhibited: 1, connectFailed: 2 } as const;

/** Whether a message belongs to a key exchange, so that it may be sent while others wait (packet.c, ssh_packet_type_is_kex). */
export function isKeyExchange(type: number): boolean {
  return type <= TRANSPORT_MAX && type !== MSG.SERVICE_REQUEST && type !== MSG.SERVICE_ACCEPT && type !== MSG.EXT_INFO;
}
