// The probes, by what they ask about.
import { command, DO, DONT, SB, sub, text, verb, WILL, WONT } from './client.ts';
import { able, inShell, NO, NO_AGAIN, o, type Probes, prompted, steps, VALUES, YES, YES_AGAIN } from './probe.ts';
import { PASSWORD, USER } from './servers.ts';

const [EOF, SUSP, ABORT, EOR] = [236, 237, 238, 239];
const [SE, NOP, DM, BRK, IP, AO, AYT, EC, EL, GA] = [240, 241, 242, 243, 244, 245, 246, 247, 248, 249];
const failed = { until: 'login: ' };
const asked = { until: 'Password: ' };

const opening: Probes = {
  'nothing said': steps(1500),
  'no to all': steps(400, NO, 400, NO_AGAIN, 600),
  'no to all at once': steps(400, NO, NO_AGAIN, 600),
  'yes to all': steps(400, YES, 400, VALUES, 400, YES_AGAIN, 600),
  'yes with values at once': steps(400, YES, VALUES, 400, YES_AGAIN, 600),
  'answers before the questions': steps(NO, NO_AGAIN, 800),
  'typed before the prompt': steps(400, 'early\r\n', NO, 400, NO_AGAIN, 1000),
  'only part is answered': steps(400, verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED']), 600),
  'both environments': steps(
    400,
    verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
    verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION']),
    verb(WILL, o['NEW-ENVIRON'], o.ENVIRON),
    500,
    sub(o['NEW-ENVIRON'], 0),
    400,
    sub(o.ENVIRON, 0),
    400,
    NO_AGAIN,
    600,
  ),
  'the old environment alone': steps(
    400,
    verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
    verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON']),
    verb(WILL, o.ENVIRON),
    500,
    sub(o.ENVIRON, 0, 1, 'A', 0, 'B'),
    400,
    NO_AGAIN,
    600,
  ),
  'an option taken back instead of its value': steps(
    400,
    YES,
    400,
    verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON']),
    600,
  ),
  'an unknown terminal, asked for the next': steps(
    400,
    verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
    verb(WILL, o['TERMINAL-TYPE']),
    verb(WONT, o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON'], o.ENVIRON),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'NO-SUCH-A'),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'NO-SUCH-B'),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'NO-SUCH-B'),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'NO-SUCH-A'),
    600,
  ),
  'an unknown terminal, then a known one': steps(
    400,
    verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
    verb(WILL, o['TERMINAL-TYPE']),
    verb(WONT, o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON'], o.ENVIRON),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'NO-SUCH-A'),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'vt100'),
    600,
  ),
  'the same unknown terminal twice': steps(
    400,
    verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
    verb(WILL, o['TERMINAL-TYPE']),
    verb(WONT, o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON'], o.ENVIRON),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'zzz'),
    400,
    sub(o['TERMINAL-TYPE'], 0, 'zzz'),
    600,
  ),
  'it echoes (a client of 4.2BSD)': steps(400, NO, 400, verb(WILL, o.ECHO), verb(WONT, o.NAWS, o.LINEMODE), 800),
  'no answer to DO ECHO, but a window': steps(400, NO, 400, verb(WILL, o.NAWS), 500, verb(WONT, o.ECHO), 600),
  'half-closed at once': async (client) => {
    await client.rest(300);
    return client.half().rest(900);
  },
};

const linemode: Probes = {
  'WILL LINEMODE with its characters': steps(
    400,
    NO,
    400,
    verb(WILL, o.LINEMODE),
    sub(o.LINEMODE, 3, 3, 0, 3, 8, 2, 4, 9, 2, 0x1a, 10, 2, 0x7f, 11, 2, 0x15, 15, 2, 0x11),
    verb(WONT, o.ECHO, o.NAWS, o['REMOTE-FLOW-CONTROL']),
    600,
    sub(o.LINEMODE, 1, 7),
    500,
  ),
  'WILL LINEMODE and defaults asked for': steps(
    400,
    NO,
    400,
    verb(WILL, o.LINEMODE),
    verb(WONT, o.ECHO, o.NAWS),
    500,
    sub(o.LINEMODE, 3, 0, 3, 0),
    500,
    sub(o.LINEMODE, 3, 0, 2, 0),
    400,
  ),
  'a mode asked for': prompted(verb(WILL, o.LINEMODE), 400, sub(o.LINEMODE, 1, 0), 400, 'ab\x7fc\r\n', 800),
  'a mode acknowledged': prompted(verb(WILL, o.LINEMODE), 400, sub(o.LINEMODE, 1, 4), 400),
  'kludge linemode': steps(
    400,
    NO,
    400,
    verb(WONT, o.ECHO, o.LINEMODE, o.NAWS),
    500,
    verb(WILL, o['TIMING-MARK']),
    600,
    verb(DO, o.SGA),
    400,
    verb(DONT, o.SGA),
    500,
  ),
  'characters one by one': prompted(
    verb(WILL, o.LINEMODE),
    300,
    sub(o.LINEMODE, 3, 3, 2, 5),
    300,
    sub(o.LINEMODE, 3, 3, 1, 5),
    300,
    sub(o.LINEMODE, 3, 1, 2, 0),
    300,
    sub(o.LINEMODE, 3, 99, 2, 5),
    300,
    sub(o.LINEMODE, 3, 10, 2, 8),
    300,
    'abc\x08d\r\n',
    600,
  ),
  'characters refused': prompted(verb(WILL, o.LINEMODE), 300, sub(o.LINEMODE, 3, 3, 0, 0, 4, 1, 0, 2, 2, 7), 400),
  'without being on': prompted(sub(o.LINEMODE, 1, 3), sub(o.LINEMODE, 3, 0, 2, 0), 500),
  'cut short': prompted(verb(WILL, o.LINEMODE), 300, sub(o.LINEMODE), sub(o.LINEMODE, 3), sub(o.LINEMODE, 1), 400),
};

const everyOption = Array.from({ length: 51 }, (_, code) => code).filter((code) => code !== 18);
const options: Probes = {
  'DO every option': prompted(verb(DO, ...everyOption, 128, 200, 255), 700),
  'DONT every option': prompted(verb(DONT, ...everyOption, 128, 255), 700),
  'WILL every option': prompted(verb(WILL, ...everyOption, 128, 200, 255), 700),
  'WONT every option': prompted(verb(WONT, ...everyOption, 128, 255), 700),
  'WILL and WONT in turn': prompted(
    verb(WILL, o.NAWS, o['TERMINAL-TYPE'], 99),
    300,
    verb(WONT, o.NAWS, o['TERMINAL-TYPE'], 99),
    300,
    verb(WILL, o.NAWS, 99),
    400,
  ),
  'DO and DONT in turn': prompted(
    verb(DO, o.STATUS, o.BINARY, 77),
    300,
    verb(DONT, o.STATUS, o.BINARY, 77),
    300,
    verb(DO, o.STATUS, 77),
    400,
  ),
  'the same DO three times': prompted(verb(DO, o.STATUS, o.STATUS, o.STATUS), 300, verb(DO, 60, 60, 60), 400),
  'the same WILL three times': prompted(verb(WILL, o.NAWS, o.NAWS, o.NAWS), 300, verb(WILL, 60, 60, 60), 400),
  'timing marks': prompted(verb(DO, o['TIMING-MARK']), 300, 'x', verb(DO, o['TIMING-MARK']), 300, verb(WILL, 6), 400),
  logout: prompted(verb(DO, 18), 600),
  'echo off and on': prompted(verb(DONT, o.ECHO), 300, 'abc', 300, verb(DO, o.ECHO), 300, 'def\r\n', 500),
  'suppressed go-ahead': prompted(verb(DONT, o.SGA), 300, verb(DO, o.SGA), 300, verb(WILL, o.SGA), 400),
  status: prompted(verb(DO, o.STATUS), 300, sub(o.STATUS, 1), 400),
  'status of an able client': able(sub(o.STATUS, 1), 400),
  'status with linemode': prompted(verb(WILL, o.LINEMODE), verb(DO, o.STATUS), 300, sub(o.STATUS, 1), 400),
  'status not agreed on': prompted(verb(DONT, o.STATUS), 300, sub(o.STATUS, 1), 400),
  'flow control': prompted(verb(WILL, o['REMOTE-FLOW-CONTROL']), 400, verb(WONT, o['REMOTE-FLOW-CONTROL']), 400),
  'binary both ways': prompted(
    verb(WILL, o.BINARY),
    verb(DO, o.BINARY),
    400,
    'a\r',
    400,
    'b\r\n',
    300,
    verb(WONT, o.BINARY),
    verb(DONT, o.BINARY),
    200,
  ),
  'terminal type asked for again': prompted(verb(WILL, o['TERMINAL-TYPE']), 300, sub(o['TERMINAL-TYPE'], 0, 'x'), 400),
  'other subnegotiations': prompted(
    sub(o['TERMINAL-SPEED'], 0, '9600,9600'),
    sub(o.NAWS, 0, 1),
    sub(o.ECHO, 1),
    sub(200, 'x'),
    sub(o.AUTHENTICATION, 0, 1, 2),
    sub(o.ENCRYPT, 1, 1),
    600,
  ),
};

const commands: Probes = {
  'are you there': prompted(command(AYT), 400),
  'are you there, within text': prompted('ab', command(AYT), 'cd', 400, '\r\n', 500),
  'are you there, three times': prompted(command(AYT, AYT, AYT), 400),
  'abort output': prompted(command(AO), 400),
  'abort output after a question': prompted(command(AYT, AO), 400),
  'abort output keeps commands': prompted(verb(DO, o['TIMING-MARK']), command(AYT, AO), 400),
  'erase character': prompted('abcd', command(EC, EC), 300, '\r\n', 500),
  'erase line': prompted('abcd', command(EL), 'x', 300, '\r\n', 500),
  interrupt: prompted('abc', 200, command(IP), 600),
  break: prompted('abc', 200, command(BRK), 600),
  abort: prompted('abc', 200, command(ABORT), 600),
  suspend: prompted('abc', 200, command(SUSP), 400, 'x\r\n', 500),
  'end of file': prompted('abc', 200, command(EOF), 500),
  'end of record': prompted('abc', 200, command(EOR), 400),
  'no operation': prompted('a', command(NOP, GA, SE, DM), 'b', 400, '\r\n', 500),
  'unknown commands': prompted('a', command(0, 1, 100, 235), 'b', 400, '\r\n', 500),
  'the byte 255': prompted('a', command(255), 'b', 400, '\r\n', 500),
  'interrupt at the password': prompted('root\r\n', asked, 'abc', command(IP), 800),
  'interrupt in the shell': inShell('sleep 100\r\n', 400, command(IP), 500, 'echo done\r\n', 400),
  'are you there in the shell': inShell('sleep 1\r\n', 200, command(AYT), 300),
};

const subnegotiation: Probes = {
  'not ended by SE': prompted(Buffer.of(255, SB, o.STATUS, 1, 255, AYT), 'x', 400),
  'with a doubled 255': prompted(verb(WILL, o.NAWS), sub(o.NAWS, 0, 255), Buffer.of(255), text('x'), 400),
  empty: prompted(Buffer.of(255, SB, 255, SE), 'x', 400),
  'very long': prompted(sub(o['NEW-ENVIRON'], 0, 0, 'A'.repeat(3000), 1, 'B'), 'x', 500),
  'never ended': prompted(Buffer.of(255, SB, o.NAWS), 'x\r\ny\r\n', 500),
  'a window for 0 by 0': prompted(verb(WILL, o.NAWS), sub(o.NAWS, 0, 0, 0, 0), 'x\r\n', 600),
};

const lineEnds: Probes = {
  'CR LF': prompted('someone\r\n', 500),
  'CR NUL': prompted('someone\r\0', 500),
  CR: prompted('someone\r', 500),
  LF: prompted('someone\n', 500),
  'CR, then LF late': prompted('someone\r', 400, '\n', 400),
  'LF CR': prompted('someone\n\r', 600),
  'NUL within a name': prompted('so\0me\r\n', 500),
  'byte by byte': prompted('s', 60, 'o', 60, '\r', 60, '\n', 400),
  'bytes above 127': prompted('a\xe9\xfeb\r\n', 500),
};

const terminal: Probes = {
  'erase and kill': prompted('abc\x7fd\x15xy\x7f\r\n', 500),
  'control characters': prompted('a\x01\x02b\t\x1bc\x0e\r\n', 600),
  'word erased': prompted('one two\x17x\r\n', 500),
  reprint: prompted('abc\x12d\r\n', 500),
  'next literally': prompted('ab\x16\x03c\r\n', 500),
  'interrupt character': prompted('abc\x03', 800),
  'quit character': prompted('abc\x1c', 800),
  'suspend character': prompted('abc\x1a', 400, 'x\r\n', 500),
  'stopped and started': prompted('a\x13bc', 400, '\x11', 400, '\r\n', 500),
  'erase what is not there': prompted('\x7f\x7fa\r\n', 500),
  'a line of 3,000': prompted(`${'z'.repeat(3000)}\r\n`, 800),
};

const login: Probes = {
  'a wrong password': prompted('root\r\n', asked, 'wrong\r\n', failed, 200),
  'an unknown user': prompted('nobody-knows\r\n', asked, 'x\r\n', failed, 200),
  'no password': prompted('root\r\n', asked, '\r\n', failed, 200),
  'no name': prompted('\r\n', 600, 'x\r\n', failed, 200),
  'end of file for a name': prompted('\x04', { until: 'login: ' }, 300),
  'end of file for a password': prompted('root\r\n', asked, '\x04', failed, 300),
  'interrupt for a password': prompted('root\r\n', asked, 'ab\x03', 900),
  'suspend for a password': prompted('root\r\n', asked, 'ab\x1a', 400, 'x\r\n', failed),
  'typed ahead': prompted('root\r\nwrong\r\n', 1500),
  'typed while it thinks': prompted('root\r\n', asked, 'wrong\r\n', 300, 'ahead\r\n', failed, 600),
  'right at the second try': prompted('root\r\n', asked, 'no\r\n', failed, `${USER}\r\n`, asked, `${PASSWORD}\r\n`, {
    until: '# ',
  }),
  'until it hangs up': prompted(
    ...Array.from({ length: 5 }, () => ['root\r\n', asked, 'no\r\n', { until: 'ncorrect' }]).flat(),
    500,
  ),
  'blanks around a name': prompted('  root x\r\n', asked, 'no\r\n', failed),
  'an option for a name': prompted('-froot\r\n', 600, failed, 200),
  'a plus sign before a name': prompted('+root\r\n', failed, 200),
  'a name of 600': prompted(`${'n'.repeat(600)}\r\n`, 800),
  'a password of 600': prompted('root\r\n', asked, `${'p'.repeat(600)}\r\n`, failed, 300),
};

const shell: Probes = {
  'a command': inShell('echo hello\r\n', 400),
  'a command with CR NUL': inShell('echo hello\r\0', 400),
  'a command with LF': inShell('echo hello\n', 400),
  'the terminal': inShell('tty; stty size; echo $TERM\r\n', 500),
  'the byte 255 shown': inShell("printf '\\377\\n'\r\n", 400),
  'a bare carriage return shown': inShell("printf 'a\\rb\\n'\r\n", 400),
  'interrupt character': inShell('abc\x03', 500),
  'end of file': inShell('\x04', 900),
  exit: inShell('exit\r\n', 900),
  'bytes in binary': inShell(verb(DO, o.BINARY), 300, "printf 'a\\rb\\n'\r\n", 500),
  'a window': able(
    `${USER}\r\n`,
    asked,
    `${PASSWORD}\r\n`,
    { until: '# ' },
    'stty size; echo $TERM; echo $DISPLAY\r\n',
    500,
    sub(o.NAWS, 0, 120, 0, 40),
    'stty size\r\n',
    500,
  ),
  'the user is offered': async (client) => {
    await client.rest(250);
    client.send(
      verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
      verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o.ENVIRON),
      verb(WILL, o['NEW-ENVIRON']),
    );
    await client.rest(250);
    client.send(sub(o['NEW-ENVIRON'], 0, 0, 'USER', 1, 'root'));
    await client.rest(250);
    client.send(NO_AGAIN);
    return client.rest(800);
  },
  'the exploit of 2026': async (client) => {
    await client.rest(250);
    client.send(
      verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
      verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o.ENVIRON),
      verb(WILL, o['NEW-ENVIRON']),
    );
    await client.rest(250);
    client.send(sub(o['NEW-ENVIRON'], 0, 0, 'USER', 1, '-f root'));
    await client.rest(250);
    client.send(NO_AGAIN);
    return [...(await client.rest(1200)), '|', ...(await client.rest(1500))];
  },
};

export const areas: Readonly<Record<string, Probes>> = {
  opening,
  linemode,
  options,
  commands,
  subnegotiation,
  'line ends': lineEnds,
  terminal,
  login,
  shell,
};
