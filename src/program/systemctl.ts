// systemctl (systemd 252): units and their states, and the ends of the machine (halt, poweroff, reboot, shutdown).
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { commandLine } from './proc.ts';
import { calledAs } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { activeSince, change, fullName, loadedUnits, type Unit, unit, unitFiles } from './systemd/units.ts';

export const names = ['systemctl'];

const DOT = '\xe2\x97\x8f';
const RING = '\xe2\x97\x8b';
const CROSS = '\xc3\x97';

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  if (/^(halt|poweroff|reboot|shutdown|telinit|init|runlevel)$/.test(called)) return end(process, called);
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'ht:p:P:alqs:fo:iTM:H:n:r.::', {
      help: 'h',
      version: 'version',
      'type=': 't',
      'property=': 'p',
      all: 'a',
      full: 'l',
      quiet: 'q',
      'signal=': 's',
      force: 'f',
      now: 'now',
      'no-pager': 'no-pager',
      'no-legend': 'no-legend',
      'no-block': 'no-block',
      'no-ask-password': 'no-ask-password',
      'no-reload': 'no-reload',
      'no-wall': 'no-wall',
      'legend=': 'legend',
      plain: 'plain',
      'state=': 'state',
      failed: 'failed',
      user: 'user',
      system: 'system',
      'lines=': 'n',
      'output=': 'o',
      value: 'value',
      recursive: 'r',
      runtime: 'runtime',
      'host=': 'H',
      'machine=': 'M',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`systemctl: ${error.message}\n`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('h') || has('version')) {
    await process.out(recordedRun(process, 'systemctl', has('h') ? '--help' : '--version')?.stdout ?? '');
    return 0;
  }
  const [verb = 'list-units', ...operands] = parsed.operands;
  const units = operands.map((operand) => fullName(operand));
  const missing = async () => {
    await process.err('Too few arguments.\n');
    return 1;
  };
  const needed =
    /^(start|stop|restart|try-restart|reload|reload-or-restart|enable|disable|mask|unmask|kill|is-active|is-enabled|is-failed|cat|reenable|set-default|isolate|edit|force-reload)$/;
  if (needed.test(verb) && units.length === 0) return missing();
  switch (verb) {
    case 'start':
    case 'stop':
    case 'restart':
    case 'try-restart':
    case 'reload':
    case 'reload-or-restart':
    case 'force-reload':
    case 'kill':
    case 'isolate':
      return act(process, verb, units);
    case 'enable':
    case 'disable':
    case 'reenable':
    case 'mask':
    case 'unmask':
      return install(process, verb, units, has('now'), has('q'));
    case 'status':
      if (units.length === 0) return systemStatus(process);
      return status(process, units);
    case 'is-active':
    case 'is-failed':
    case 'is-enabled':
      return ask(process, verb, units, has('q'));
    case 'show':
      return show(process, units, value('p') ?? value('P'), has('value') || has('P'));
    case 'cat':
      return cat(process, units);
    case 'list-units':
    case 'list-timers':
    case 'list-sockets':
      return list(process, {
        type: verb === 'list-timers' ? 'timer' : verb === 'list-sockets' ? 'socket' : value('t'),
        all: has('a'),
        legend: !has('no-legend') && value('legend') !== 'false',
        plain: has('plain'),
        state: has('failed') ? 'failed' : value('state'),
        patterns: operands,
      });
    case 'list-unit-files':
      return listFiles(process, value('t'), value('state'), !has('no-legend'), operands);
    case 'daemon-reload':
    case 'daemon-reexec':
    case 'reset-failed':
    case 'set-default':
    case 'import-environment':
    case 'set-environment':
      return 0;
    case 'is-system-running':
      await process.out('running\n');
      return 0;
    case 'get-default':
      await process.out('graphical.target\n');
      return 0;
    case 'show-environment':
      await process.out('LANG=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n');
      return 0;
    case 'list-jobs':
      await process.out('No jobs running.\n');
      return 0;
    case 'reboot':
    case 'poweroff':
    case 'halt':
    case 'suspend':
    case 'hibernate':
    case 'kexec':
    case 'rescue':
    case 'emergency':
      return end(process, verb);
    case 'list-dependencies': {
      await process.out(`${units[0] ?? 'default.target'}\n`);
      return 0;
    }
  }
  await process.err(`Unknown command verb ${verb}.\n`);
  return 1;
}

async function act(process: Process, verb: string, units: Bytes[]): Promise<number> {
  const word = { kill: 'kill', stop: 'stop', reload: 'reload' }[verb] ?? (verb === 'start' ? 'start' : 'restart');
  let result = 0;
  for (const name of units) {
    const one = unit(process, name);
    if (!one.path) {
      if (one.enabled === 'masked') await process.err(`Failed to ${word} ${name}: Unit ${name} is masked.\n`);
      else
        await process.err(
          `Failed to ${word} ${name}: Unit ${name} not ${word === 'stop' || word === 'kill' ? 'loaded' : 'found'}.\n`,
        );
      result = 5;
      continue;
    }
    if (process.credentials.euid !== 0) {
      await process.err(
        `Failed to ${word} ${name}: Interactive authentication required.\nSee system logs and 'systemctl status ${name}' for details.\n`,
      );
      result = 4;
      continue;
    }
    if (one.enabled === 'masked' && word !== 'stop') {
      await process.err(`Failed to ${word} ${name}: Unit ${name} is masked.\n`);
      result = 1;
      continue;
    }
    if (verb === 'reload' && one.active !== 'active') {
      await process.err(
        `Job for ${name} invalid: unit is not active.\n`
          .replace('Job for ', '')
          .replace(/^(\S+) invalid: unit is not active/, '$1 is not active, cannot reload'),
      );
      result = 1;
      continue;
    }
    if (verb === 'try-restart' && one.active !== 'active') continue;
    // What a unit of the attacker's starts is run, as its own session would.
    const own = one.path.startsWith('/etc/systemd/system/') && one.exec !== '' && !one.main;
    const up = word !== 'stop' && word !== 'kill';
    if (!up && one.main && process.machine.settings.get('units')) tryTo(() => process.kill(one.main!.pid, 'TERM'));
    const started: { pid?: number; failed: boolean } = { failed: false };
    if (own && up) {
      const words = commandWords(one.exec);
      try {
        started.pid = process.exec(words[0]!, words, { newSession: true, cwd: one.directory || '/' }).pid;
      } catch (error) {
        // execve failed in the child: the job is done, the unit has failed.
        reason(error);
        started.failed = true;
      }
    }
    change(process.machine, one.name, {
      active: up && !started.failed,
      failed: started.failed,
      at: process.machine.clock.now(),
      ...(started.pid === undefined ? {} : { pid: started.pid }),
    });
    await process.sleep(own ? 30 : 120);
  }
  return result;
}

/** ExecStart's words: systemd knows quotes and backslashes, but no shell. */
const commandWords = (line: Bytes): Bytes[] =>
  (line.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'])+/gs) ?? []).map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
      double !== undefined ? double.replace(/\\(.)/gs, '$1') : (single ?? escaped),
    ),
  );

async function install(process: Process, verb: string, units: Bytes[], now: boolean, quiet: boolean): Promise<number> {
  const say = async (text: Bytes) => {
    if (!quiet) await process.err(text);
  };
  let result = 0;
  for (const name of units) {
    const one = unit(process, name);
    if (!one.path && verb !== 'unmask') {
      await process.err(`Failed to ${verb} unit: Unit file ${name} does not exist.\n`);
      result = 1;
      continue;
    }
    if (process.credentials.euid !== 0) {
      await process.err(`Failed to ${verb} unit: Interactive authentication required.\n`);
      result = 1;
      continue;
    }
    if (verb === 'mask' || verb === 'unmask') {
      const link = `/etc/systemd/system/${name}`;
      if (verb === 'mask') {
        change(process.machine, one.name, { masked: true });
        if (!tryTo(() => process.files.stat(link, false))) tryTo(() => process.files.symlink('/dev/null', link));
        await say(`Created symlink ${link} \xe2\x86\x92 /dev/null.\n`);
      } else if (one.enabled === 'masked') {
        change(process.machine, one.name, { masked: false });
        tryTo(() => process.files.unlink(link));
        await say(`Removed "${link}".\n`);
      }
      continue;
    }
    const text = tryTo(() => process.readFile(one.path!)) ?? '';
    const wanted = [...text.matchAll(/^(WantedBy|RequiredBy)=(.*)$/gm)].flatMap(([, kind, list]) =>
      list!
        .split(/\s+/)
        .filter(Boolean)
        .map((target) => `/etc/systemd/system/${target}.${kind === 'WantedBy' ? 'wants' : 'requires'}`),
    );
    const script = `/etc/init.d/${one.name.replace(/\.service$/, '')}`;
    if (one.name.endsWith('.service') && tryTo(() => process.files.stat(script)))
      await say(
        `Synchronizing state of ${one.name} with SysV service script with /lib/systemd/systemd-sysv-install.\nExecuting: /lib/systemd/systemd-sysv-install ${verb === 'reenable' ? 'enable' : verb} ${one.name.replace(/\.service$/, '')}\n`,
      );
    if (wanted.length === 0 && verb === 'enable')
      await process.err(
        "The unit files have no installation config (WantedBy=, RequiredBy=, Also=,\nAlias= settings in the [Install] section, and DefaultInstance= for template\nunits). This means they are not meant to be enabled or disabled using systemctl.\n \nPossible reasons for having this kind of units are:\n\xe2\x80\xa2 A unit may be statically enabled by being symlinked from another unit's\n  .wants/ or .requires/ directory.\n\xe2\x80\xa2 A unit's purpose may be to act as a helper for some other unit which has\n  a requirement dependency on it.\n\xe2\x80\xa2 A unit may be started when needed via activation (socket, path, timer,\n  D-Bus, udev, scripted systemctl call, ...).\n\xe2\x80\xa2 In case of template units, the unit is meant to be enabled with some\n  instance name specified.\n",
      );
    for (const folder of wanted) {
      const link = `${folder}/${one.name}`;
      const there = tryTo(() => process.files.stat(link, false));
      if (verb === 'disable') {
        if (!there) continue;
        tryTo(() => process.files.unlink(link));
        await say(`Removed "${link}".\n`);
      } else if (!there) {
        if (!tryTo(() => process.files.stat(folder))) tryTo(() => process.files.mkdir(folder, 0o755));
        tryTo(() => process.files.symlink(one.path!, link));
        await say(`Created symlink ${link} \xe2\x86\x92 ${one.path!.replace(/^\/usr\/lib/, '/lib')}.\n`);
      }
    }
    if (now) await act(process, verb === 'disable' ? 'stop' : 'start', [name]);
  }
  return result;
}

/** `Mon 2026-11-02 10:11:12 UTC; 3 weeks 1 day ago` */
function since(process: Process, one: Unit): string {
  const at = activeSince(process, one);
  const seconds = Math.max(0, Math.floor((process.machine.clock.now() - at) / 1000));
  const parts: string[] = [];
  const units: [string, number][] = [
    ['month', 2_629_800],
    ['week', 604_800],
    ['day', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let rest = seconds;
  for (const [name, size] of units) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0)
      parts.push(
        name.length > 3 || name === 'day' || name === 'week' ? `${n} ${name}${n > 1 ? 's' : ''}` : `${n}${name}`,
      );
    if (parts.length === 2 || (parts.length === 1 && name === 'min' && seconds >= 3600)) break;
  }
  const zone = zoneOf(process);
  return `${strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(at, zone))}; ${parts.join(' ') || '0s'} ago`;
}

async function status(process: Process, units: Bytes[]): Promise<number> {
  let result = 0;
  for (const [index, name] of units.entries()) {
    if (index > 0) await process.out('\n');
    const one = unit(process, name);
    if (!one.path) {
      await process.err(`Unit ${name} could not be found.\n`);
      result = 4;
      continue;
    }
    const on = one.active === 'active';
    let text = `${on ? DOT : one.active === 'failed' ? CROSS : RING} ${one.name} - ${one.description}\n`;
    const path = one.path.replace(/^\/usr\/lib/, '/lib');
    text += `     Loaded: loaded (${path}; ${one.enabled}${one.enabled === 'static' ? '' : '; preset: enabled'})\n`;
    if (on)
      text += `     Active: active${one.name.endsWith('.target') ? '' : ` (${one.sub})`} since ${since(process, one)}\n`;
    else if (one.active === 'failed')
      text += `     Active: failed (Result: exit-code) since ${since(process, one)}\n    Process: ExecStart=${one.exec} (code=exited, status=203/EXEC)\n        CPU: 1ms\n`;
    else text += '     Active: inactive (dead)\n';
    for (const [i, page] of one.documentation.entries())
      text += `${i === 0 ? '       Docs: ' : '             '}${page}\n`;
    if (one.main) {
      const { main } = one;
      const size = (kib: number) => (kib >= 1024 ? `${(kib / 1024).toFixed(1)}M` : `${kib}.0K`);
      text += `   Main PID: ${main.pid} (${main.comm})\n      Tasks: 1 (limit: ${Math.floor(process.machine.identity.memory / 4_000_000)})\n     Memory: ${size(Math.floor(main.resident * 0.6))}\n        CPU: ${(main.cpu / 1000).toFixed(3)}s\n     CGroup: /system.slice/${one.name}\n             \xe2\x94\x94\xe2\x94\x80${main.pid} ${quoted(commandLine(main))}\n`;
    }
    await process.out(text);
    if (!on && result === 0) result = 3;
  }
  return result;
}

const quoted = (line: string) => (/"|\s-- /.test(line) ? line : line.replace(/^(sshd: .*)$/, '"$1"'));

async function systemStatus(process: Process): Promise<number> {
  const { machine } = process;
  const all = loadedUnits(process);
  const at = strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(machine.clock.bootTime, zoneOf(process)));
  await process.out(
    `${DOT} ${machine.identity.hostname}\n    State: running\n    Units: ${all.length + 120} loaded (incl. loaded aliases)\n     Jobs: 0 queued\n   Failed: 0 units\n    Since: ${at}\n  systemd: 252.39-1~deb12u1\n   CGroup: /\n`,
  );
  return 0;
}

async function ask(process: Process, verb: string, units: Bytes[], quiet: boolean): Promise<number> {
  let result = verb === 'is-active' ? 3 : 1;
  for (const name of units) {
    const one = unit(process, name);
    if (verb === 'is-enabled') {
      if (!one.path && one.enabled !== 'masked') {
        if (!quiet) await process.err(`Failed to get unit file state for ${name}: No such file or directory\n`);
        continue;
      }
      if (!quiet) await process.out(`${one.enabled}\n`);
      if (/enabled|static|alias|indirect/.test(one.enabled)) result = 0;
      continue;
    }
    if (!quiet) await process.out(`${one.active}\n`);
    if (one.active === (verb === 'is-active' ? 'active' : 'failed')) result = 0;
  }
  return result;
}

async function show(process: Process, units: Bytes[], property: Bytes | undefined, bare: boolean): Promise<number> {
  for (const name of units) {
    const one = unit(process, name);
    const properties: Record<string, string> = {
      Type: one.type,
      Restart: 'no',
      MainPID: String(one.main?.pid ?? 0),
      ExecMainPID: String(one.main?.pid ?? 0),
      ExecStart:
        one.exec === ''
          ? ''
          : `{ path=${one.exec.split(' ')[0]} ; argv[]=${one.exec} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=${one.main?.pid ?? 0} ; code=(null) ; status=0/0 }`,
      Id: one.name,
      Names: one.name,
      Description: one.description,
      LoadState: one.path ? 'loaded' : 'not-found',
      ActiveState: one.active,
      SubState: one.sub,
      FragmentPath: (one.path ?? '').replace(/^\/usr\/lib/, '/lib'),
      UnitFileState: one.enabled,
    };
    const wanted = property?.split(',');
    for (const [key, text] of Object.entries(properties))
      if (!wanted || wanted.includes(key)) await process.out(bare ? `${text}\n` : `${key}=${text}\n`);
  }
  return 0;
}

async function cat(process: Process, units: Bytes[]): Promise<number> {
  for (const name of units) {
    const one = unit(process, name);
    if (!one.path) {
      await process.err(`No files found for ${name}.\n`);
      return 1;
    }
    await process.out(
      `# ${one.path.replace(/^\/usr\/lib/, '/lib')}\n${tryTo(() => process.readFile(one.path!)) ?? ''}\n`.replace(
        /\n\n$/,
        '\n',
      ),
    );
  }
  return 0;
}

async function list(
  process: Process,
  o: {
    type: Bytes | undefined;
    all: boolean;
    legend: boolean;
    plain: boolean;
    state: Bytes | undefined;
    patterns: Bytes[];
  },
): Promise<number> {
  const rows = loadedUnits(process).filter(
    (one) =>
      (o.type === undefined || o.type.split(',').some((type) => one.name.endsWith(`.${type}`))) &&
      (o.state === undefined
        ? o.all || one.active === 'active'
        : o.state.split(',').some((s) => s === one.active || s === one.sub)) &&
      (o.patterns.length === 0 ||
        o.patterns.some((pattern) =>
          new RegExp(
            `^${pattern
              .replace(/[.+^$()|[\]\\]/g, '\\$&')
              .replaceAll('*', '.*')
              .replaceAll('?', '.')}$`,
          ).test(one.name),
        )),
  );
  const width = Math.max(4, ...rows.map((one) => one.name.length));
  const wide = Math.max(3, ...rows.map((one) => one.sub.length));
  const active = Math.max(6, ...rows.map((one) => one.active.length));
  const front = o.plain ? '' : '  ';
  if (o.legend && rows.length > 0)
    await process.out(
      `${front}${'UNIT'.padEnd(width)} LOAD   ${'ACTIVE'.padEnd(active)} ${'SUB'.padEnd(wide)} DESCRIPTION\n`,
    );
  for (const one of rows)
    await process.out(
      `${front}${one.name.padEnd(width)} loaded ${one.active.padEnd(active)} ${one.sub.padEnd(wide)} ${one.description}\n`,
    );
  if (o.legend) {
    if (rows.length > 0)
      await process.out(
        '\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit type.\n',
      );
    await process.out(
      o.all || o.state !== undefined
        ? `${rows.length} loaded units listed.${o.state === undefined ? "\nTo show all installed unit files use 'systemctl list-unit-files'." : ''}\n`
        : `${rows.length} loaded units listed. Pass --all to see loaded but inactive units, too.\nTo show all installed unit files use 'systemctl list-unit-files'.\n`,
    );
  }
  return 0;
}

async function listFiles(
  process: Process,
  type: Bytes | undefined,
  state: Bytes | undefined,
  legend: boolean,
  patterns: Bytes[],
): Promise<number> {
  const rows = unitFiles(process)
    .filter((name) => type === undefined || name.endsWith(`.${type}`))
    .filter((name) => patterns.length === 0 || patterns.some((p) => fullName(p) === name))
    .map((name) => {
      const one = unit(process, name);
      return [
        name,
        one.name !== name ? 'alias' : one.enabled || 'masked',
        one.name !== name || one.enabled === 'static' || one.enabled === '' ? '-' : 'enabled',
      ] as const;
    })
    .filter(([, enabled]) => state === undefined || enabled === state);
  const width = Math.max(9, ...rows.map(([name]) => name.length));
  if (legend) await process.out(`${'UNIT FILE'.padEnd(width)} STATE           PRESET\n`);
  for (const [name, enabled, preset] of rows)
    await process.out(`${name.padEnd(width)} ${enabled.padEnd(15)} ${preset}\n`);
  if (legend) await process.out(`\n${rows.length} unit files listed.\n`);
  return 0;
}

/** The machine goes down: for the attacker's machine that is the end of the session. */
async function end(process: Process, called: string): Promise<number> {
  const args = process.argv.slice(1);
  if (args.includes('--help')) {
    await process.out(recordedRun(process, called, '--help')?.stdout ?? '');
    return 0;
  }
  if (called === 'runlevel') {
    await process.out('N 5\n');
    return 0;
  }
  if (process.credentials.euid !== 0) {
    await process.err(
      called === 'shutdown' || called === 'reboot' || called === 'poweroff' || called === 'halt'
        ? `Failed to set wall message, ignoring: Interactive authentication required.\nFailed to ${called === 'shutdown' ? 'power off' : called === 'poweroff' ? 'power off' : called} system via logind: Interactive authentication required.\n`
        : `Failed to ${called}: Interactive authentication required.\n`,
    );
    return 1;
  }
  if (called === 'shutdown') {
    if (args.includes('-c')) return 0;
    const when = args.find((arg) => !arg.startsWith('-')) ?? '+1';
    if (when !== 'now' && when !== '+0') {
      const minutes = /^\+?(\d+)$/.exec(when);
      const clock = /^(\d{1,2}):(\d{2})$/.exec(when);
      if (!minutes && !clock) {
        await process.err(`Failed to parse time specification: ${when}\n`);
        return 1;
      }
      const now = process.machine.clock.now();
      const zone = zoneOf(process);
      let at = now + Number(minutes?.[1] ?? 0) * 60_000;
      if (clock) {
        at = Math.floor(now / 86_400_000) * 86_400_000 + (Number(clock[1]) * 60 + Number(clock[2])) * 60_000;
        if (at < now) at += 86_400_000;
      }
      const what = args.includes('-r') ? 'Reboot' : 'Shutdown';
      await process.err(
        `${what} scheduled for ${strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(at, zone))}, use 'shutdown -c' to cancel.\n`,
      );
      return 0;
    }
  }
  if ((called === 'init' || called === 'telinit') && !/^[06]$/.test(args[0] ?? '')) {
    if (args[0] === undefined) await process.err(`${called}: required argument missing.\n`);
    return args[0] === undefined ? 1 : 0;
  }
  // Every process of every session is told to go, then made to; the connections close with their shells.
  await process.sleep(300);
  process.kill(-1, 'HUP');
  await process.sleep(200);
  process.kill(-1, 'KILL');
  return 0;
}
