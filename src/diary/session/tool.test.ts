// Tools are told by what the real ones did to this sensor (Hydra 9.4, Medusa 2.2, Ncrack 0.7, Nmap 7.93, OpenSSH 9.2p1, Dropbear 2022.83,
// Paramiko 5.0.0, curl, inetutils telnet; Debian 12), and none for another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKnowledge } from '../knowledge.ts';
import type { Conduct } from './signs.ts';

const { tools } = loadKnowledge();
const first = (conduct: Conduct) => {
  const found = tools.identify(conduct).tools[0];
  return found ? `${found.rule.id}, ${found.sure}` : 'nothing';
};

const LIBSSH = { client: 'SSH-2.0-libssh_0.10.6', hassh: 'be31134219a24899a8a0c29c7797ba94' };
const LIBSSH2 = { client: 'SSH-2.0-libssh2_1.10.0', hassh: 'b4b8ae3d7241d2c1dc54b4df7e8c19d1' };
const MEDUSA = { client: 'SSH-2.0-MEDUSA_1.0', hassh: 'b4b8ae3d7241d2c1dc54b4df7e8c19d1' };
const NCRACK = { client: 'SSH-2.0-OpenSSH_7.1', hassh: '55a77ae9728654f1d4240a29287dc296' };
const OPENSSH = { client: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10', hassh: '472b5de333ad665af5cbf10ff892c4df' };
const OPTIONS = 'TERMINAL-TYPE,WONT TERMINAL-SPEED,WONT X-DISPLAY-LOCATION,WONT NEW-ENVIRON,WONT ENVIRON';

test('what each real tool did tells it', () => {
  const cases: [conduct: Conduct, expected: string][] = [
    [{ ...LIBSSH, methods: 'none', disconnect: '11 Bye Bye' }, 'tool-hydra, likely'],
    [{ ...LIBSSH, methods: 'none,password,password' }, 'tool-hydra, likely'],
    [{ ...LIBSSH, methods: 'none,password' }, 'tool-hydra, likely'],
    [LIBSSH, 'client-libssh, certain'],
    [{ ...MEDUSA, methods: 'none,password,none,password,none,password,none' }, 'tool-medusa, likely'],
    [MEDUSA, 'tool-medusa, likely'],
    [{ ...NCRACK, methods: 'password,password,password,password,password' }, 'tool-ncrack, certain'],
    [NCRACK, 'tool-ncrack, certain'],
    [{ ...LIBSSH2, methods: 'none' }, 'client-libssh2, certain'],
    [{ ...LIBSSH2, methods: 'password' }, 'client-libssh2, certain'],
    [
      { ...LIBSSH2, methods: 'password', term: 'vanilla', asked: 'open session,request pty-req,request exec' },
      'tool-nmap-ssh-script, likely',
    ],
    [{ client: 'SSH-2.0-Nmap_SSH2_Enum_Algos', hassh: 'a20aced7c9824fd804f59e68dd801ad3' }, 'client-nmap, certain'],
    [{ client: 'SSH-2.0-Nmap-SSH2-Hostkey', hassh: 'e788c657d1a22971d5026526ffd2e918' }, 'client-nmap, certain'],
    [
      {
        ...OPENSSH,
        methods: 'none,password',
        asked: 'open session,global no-more-sessions@openssh.com,request env,request exec',
      },
      'client-openssh, likely',
    ],
    [{ client: 'SSH-2.0-dropbear_2022.83', hassh: '16574631849ea8d13c926c9905839928' }, 'client-dropbear, likely'],
    [
      { client: 'SSH-2.0-paramiko_5.0.0', hassh: '6372ee6957562199b2fb773b0be1bf34', methods: 'password' },
      'client-paramiko, certain',
    ],
    [{ client: 'SSH-2.0-OpenSSH-keyscan', hassh: '146c5c62d23255e543b72292ce71de2c' }, 'tool-ssh-keyscan, certain'],
    [{ telnet: `WILL LINEMODE,DONT UNKNOWN-37,DONT UNKNOWN-38,WONT ${OPTIONS}` }, 'tool-hydra, likely'],
    [{ telnet: `DONT UNKNOWN-37,DONT UNKNOWN-38,WONT ${OPTIONS}` }, 'tool-medusa, possible'],
    [
      {
        telnet: `DONT UNKNOWN-37,DONT UNKNOWN-38,WONT ${OPTIONS},WILL LINEMODE,DONT ECHO,WONT BINARY,WONT LINEMODE`,
      },
      'tool-ncrack, likely',
    ],
    [
      {
        telnet: `DONT UNKNOWN-37,DONT UNKNOWN-38,WONT ${OPTIONS},WILL BINARY,DO BINARY,WILL SGA,DO SGA,WONT ECHO,WONT LINEMODE,WILL NAWS,SB NAWS`,
      },
      'tool-curl-telnet, likely',
    ],
    [
      { telnet: 'WILL TERMINAL-TYPE,SB TERMINAL-TYPE,WILL UNKNOWN-25,DO UNKNOWN-25,WILL BINARY,DO BINARY' },
      'tool-nmap-telnet, likely',
    ],
    [
      {
        telnet:
          'DO UNKNOWN-37,DO UNKNOWN-38,SB UNKNOWN-38,WILL TERMINAL-TYPE,WILL TERMINAL-SPEED,WONT X-DISPLAY-LOCATION,WILL NEW-ENVIRON,WONT ENVIRON,SB TERMINAL-SPEED,SB NEW-ENVIRON,SB TERMINAL-TYPE,DO SGA,WONT ECHO,WILL LINEMODE,SB LINEMODE,WILL NAWS,DO STATUS',
      },
      'client-telnet, likely',
    ],
    [{ client: 'SSH-2.0-Nobody', hassh: 'd41d8cd98f00b204e9800998ecf8427e' }, 'nothing'],
    [{}, 'nothing'],
  ];
  for (const [conduct, expected] of cases) assert.equal(first(conduct), expected, JSON.stringify(conduct));
});

test('a version that its HASSH belies is a masquerade, a program with the HASSH of its library is none', () => {
  const go = '2f300334eb474e4d5ef932343447dd80';
  const { masquerade, tools: found } = tools.identify({ client: 'SSH-2.0-OpenSSH_8.9p1', hassh: go });
  assert.deepEqual([masquerade?.says.id, masquerade?.is.id], ['client-openssh', 'client-go']);
  assert.deepEqual(
    found.map(({ rule }) => rule.id),
    ['client-go'],
  );
  for (const conduct of [
    MEDUSA,
    NCRACK,
    OPENSSH,
    { client: 'SSH-2.0-Go', hassh: go },
    { client: 'SSH-2.0-OpenSSH_6.7p1 Raspbian-5+deb8u4', hassh: '46c5bd9748882f1a5d75753fb7d47a61' },
  ])
    assert.equal(tools.identify(conduct).masquerade, undefined, conduct.client);
});
