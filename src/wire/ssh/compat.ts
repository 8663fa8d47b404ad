// What sshd does differently for clients it knows by name (OpenSSH 9.2p1, compat.c), as far as a server can show it.

export interface Compatibility {
  /** SSH_NEW_OPENSSH: knows eow@openssh.com. */
  eow: boolean;
  /** SSH_BUG_HOSTKEYS: cannot cope with hostkeys-00@openssh.com. */
  noHostKeys: boolean;
  /** SSH_BUG_CURVE25519PAD and SSH_OLD_DHGEX: key exchanges that are not offered to it. */
  withheld: readonly string[];
  /** SSH_OLD_SESSIONID: signs its key over the bare session id. */
  bareSessionId: boolean;
  /** SSH_BUG_NOREKEY. */
  noRekey: boolean;
  /** SSH_BUG_PROBE, SSH_BUG_SCANNER: the connection is closed after the identification. */
  closed: boolean;
}

const ordinary: Compatibility = {
  eow: false,
  noHostKeys: false,
  withheld: [],
  bareSessionId: false,
  noRekey: false,
  closed: false,
};

const groupExchange = ['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group-exchange-sha1'];

/** The first row that fits counts. */
const rows: [RegExp, Partial<Compatibility>][] = [
  [/^Sun_SSH_1\.0/, { noRekey: true }],
  [/^OpenSSH_[234]/, {}],
  [/^OpenSSH_6\.6\.1/, { eow: true }],
  [/^OpenSSH_6\.[56]/, { eow: true, withheld: ['curve25519-sha256@libssh.org'] }],
  [/^OpenSSH/, { eow: true }],
  [/^3\.0 SecureCRT|^1\.7 SecureFX/, { bareSessionId: true }],
  [/^Cisco-1\./, { noHostKeys: true }],
  [/SSH_Version_Mapper/, { closed: true }],
  [/^PuTTY_Local:|^PuTTY-Release-0\.5|^PuTTY_Release_0\.(5|6[0-4])|^FuTTY/, { withheld: groupExchange }],
  [/^Probe-/, { closed: true }],
  [/^TeraTerm SSH|^TTSSH\/(1\.5\.|2\.[1-6]|2\.7[0-2])/, { noHostKeys: true }],
  [/^WinSCP_release_(4|5\.0|5\.1$|5\.1\.|5\.[56]|5\.7$|5\.7\.[1-4]$)/, { withheld: groupExchange }],
];

/** Looks a client up by the software version of its identification. */
export function compatibility(software: string): Compatibility {
  for (const [pattern, special] of rows) if (pattern.test(software)) return { ...ordinary, ...special };
  return ordinary;
}
