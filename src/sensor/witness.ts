// What one shell's programs do, as events: commands, typed lines, gaps, files, and downloads: noted, and made if the operator wants it.
import { createHash } from 'node:crypto';
import { escapeBytes, lossyText, textOrRepr, visibleBytes } from '../event/escape.ts';
import type { Bytes, FetchAnswer, FetchRequest, StartedBinary, Touch, Witness } from '../machine/machine.ts';
import type { Artefacts } from './artefacts.ts';
import { OpenLine } from './open-line.ts';
import type { Recorder } from './recorder.ts';
import type { Resources } from './resources.ts';

/** Cowrie logs the lines of these as command.input with a realm, of two as command.success; of all others as session.input. */
const COMMAND_REALMS = new Set('chpasswd crontab cut grep tail head perl python python3 uniq wc'.split(' '));
const SUCCESS_REALMS = new Set(['passwd', 'php']);
/** Tools whose failed download Cowrie logs with the reason. */
const WITH_ERROR = new Set(['tftp', 'ftpget']);
/** Characters of a gap's program and option that are told. */
const LONGEST_GAP = 128;
/** Lines that run inside of each other, or side by side, of which each is told what it touched. */
const MOST_OPEN = 16;
/** Programs whose files come from the client. */
const UPLOADERS: Readonly<Record<Bytes, 'sftp' | 'scp' | undefined>> = { 'sftp-server': 'sftp', scp: 'scp' };
/** Starts of binaries in one shell that are told of. */
const MOST_STARTED = 64;
/** What the internet is away: least and variation. */
const ROUND_TRIP_MS = { least: 40, more: 180 };
/** Downloads of one shell that are made. */
const MOST_FETCHES = 32;

export class SessionWitness implements Witness {
  readonly #recorder: Recorder;
  readonly #artefacts: Artefacts;
  readonly #open = new Set<OpenLine>();
  readonly #resources: Pick<Resources, 'fetcher' | 'random' | 'after'>;
  readonly #silent: boolean;
  #fetches = 0;
  #started = 0;
  #line = '';

  /** @param silent nobody typed the command that is run: a subsystem */
  constructor(
    recorder: Recorder,
    artefacts: Artefacts,
    resources: Pick<Resources, 'fetcher' | 'random' | 'after'>,
    silent = false,
  ) {
    this.#silent = silent;
    this.#recorder = recorder;
    this.#artefacts = artefacts;
    this.#resources = resources;
  }

  command(line: Bytes): (status: number) => void {
    if (this.#silent) return () => {};
    this.#line = lossyText(line);
    this.#recorder.emit('cowrie.command.input', { input: this.#line });
    if (this.#open.size >= MOST_OPEN) return () => {};
    const open = new OpenLine(line, this.#recorder.now);
    this.#open.add(open);
    return (status) => {
      if (this.#open.delete(open)) this.#ended(open, status);
    };
  }

  #ended(open: OpenLine, status?: number): void {
    this.#recorder.emit('kansatsuki.session.line', () => open.ended(this.#recorder.now, status));
  }

  /** The shell is over: the lines that still run have no end. */
  close(): void {
    for (const open of this.#open) this.#ended(open);
    this.#open.clear();
  }

  touched(how: Touch, path: Bytes): void {
    for (const open of this.#open) open.touched(how, path);
  }

  found(command: Bytes): void {
    this.#recorder.emit('cowrie.command.success', { input: lossyText(command) });
  }

  notFound(argv: Bytes[]): void {
    const [name = '', ...rest] = argv;
    this.#recorder.emit('cowrie.command.failed', { input: lossyText(`${name} ${rest.join(' ')}`) });
    // A path that is not there is a file that somebody failed to bring.
    if (!name.includes('/')) this.#gap('unknown', name);
  }

  input(program: string, line: Bytes): void {
    const fields = { realm: program, input: lossyText(line) };
    if (SUCCESS_REALMS.has(program)) this.#recorder.emit('cowrie.command.success', fields);
    else if (COMMAND_REALMS.has(program)) this.#recorder.emit('cowrie.command.input', fields);
    else this.#recorder.emit('cowrie.session.input', fields);
  }

  gap(program: string, option?: string): void {
    this.#gap(option === undefined ? 'program' : 'option', program, option);
  }

  /** Each once a connection: a loop over a missing program, or one program in fifty exec requests, is one gap. */
  #gap(kind: 'unknown' | 'program' | 'option', program: Bytes, option?: Bytes): void {
    // What start-up files run before anything was typed is no attacker's wish.
    if (this.#line === '') return;
    const [name, what] = [program, option].map((text) => visibleBytes(text?.slice(0, LONGEST_GAP) ?? ''));
    if (!this.#recorder.once(`gap ${kind} ${name} ${what}`)) return;
    // What is piped into a shell has ended when the line around it goes on.
    const input = ([...this.#open].at(-1)?.text ?? this.#line).slice(0, 1024);
    this.#recorder.emit('kansatsuki.session.gap', {
      kind,
      program: name!,
      ...(option === undefined ? {} : { option: what! }),
      input,
    });
  }

  passwordChanged(user: Bytes): void {
    this.#recorder.emit('cowrie.command.chpasswd', { realm: 'chpasswd', username: escapeBytes(user) });
  }

  written(path: Bytes, content: () => Buffer, program: Bytes): void {
    const via = UPLOADERS[program];
    if (via) this.#artefacts.uploaded(path, content(), via);
    else this.#artefacts.written(path, content);
  }

  started({ path, argv, binary, outcome, content }: StartedBinary): void {
    if (this.#started >= MOST_STARTED) return;
    this.#started++;
    const bytes = content();
    this.#recorder.emit('kansatsuki.session.binary', {
      path: textOrRepr(path),
      argv: argv.slice(0, 32).map((argument) => textOrRepr(argument.slice(0, 256))),
      shasum: createHash('sha256').update(bytes).digest('hex'),
      size: bytes.length,
      format: binary.format,
      arch: binary.architecture,
      bits: binary.bits,
      type: binary.type,
      linked: binary.interpreter === undefined ? 'static' : 'dynamic',
      ...(binary.interpreter === undefined ? {} : { loader: visibleBytes(binary.interpreter.slice(0, 256)) }),
      ...(binary.stripped === undefined ? {} : { stripped: binary.stripped }),
      ...(binary.packer === undefined ? {} : { packer: binary.packer }),
      outcome,
    });
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const { tool } = request;
    const url = textOrRepr(request.url);
    const where = request.destination === undefined ? {} : { destfile: textOrRepr(request.destination) };
    const { fetcher: allowed, after, random } = this.#resources;
    const fetcher = this.#fetches < MOST_FETCHES ? allowed : undefined;
    const policy = fetcher ? 'fetch' : 'record';
    this.#recorder.emit('kansatsuki.session.download_request', { url, tool, policy, ...where });
    const failed = (error: string) =>
      this.#recorder.emit('cowrie.session.file_download.failed', WITH_ERROR.has(tool) ? { url, error } : { url });
    if (!fetcher) {
      failed('Connection refused');
      // Nobody listens there any more: a bot hears it after one round trip, and goes on to its next way.
      await new Promise<void>((resolve) => after(ROUND_TRIP_MS.least + ROUND_TRIP_MS.more * random(), resolve));
      return { outcome: 'refused' };
    }
    this.#fetches++;
    const file = this.#artefacts.fetched(url, where.destfile);
    const { answer, denied, why, bytes, ...more } = await fetcher.fetch(
      request,
      (chunk) => file.write(chunk),
      this.#recorder.connection.src_ip,
    );
    const reason = denied ?? why;
    this.#recorder.emit('kansatsuki.session.download_result', {
      url,
      tool,
      bytes,
      ...more,
      ...(reason === undefined ? {} : { why: textOrRepr(reason) }),
    });
    file.finish();
    if (bytes === 0) failed(reason ?? 'No data');
    return answer;
  }
}
