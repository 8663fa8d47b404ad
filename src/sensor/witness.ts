// What one shell's programs do, as events: commands, typed lines, gaps, files, and downloads that are noted and never made.
import { escapeBytes, lossyText, textOrRepr } from '../event/escape.ts';
import type { Bytes, FetchAnswer, FetchRequest, Witness } from '../machine/machine.ts';
import type { Artefacts } from './artefacts.ts';
import type { Recorder } from './recorder.ts';

/** Cowrie logs the lines of these as command.input with a realm, of two as command.success; of all others as session.input. */
const COMMAND_REALMS = new Set('chpasswd crontab cut grep tail head perl python python3 uniq wc'.split(' '));
const SUCCESS_REALMS = new Set(['passwd', 'php']);
/** Tools whose failed download Cowrie logs with the reason. */
const WITH_ERROR = new Set(['tftp', 'ftpget']);
/** Different gaps of one shell that are told of. */
const MOST_GAPS = 200;

export class SessionWitness implements Witness {
  readonly #recorder: Recorder;
  readonly #artefacts: Artefacts;
  readonly #gaps = new Set<string>();
  #line = '';

  constructor(recorder: Recorder, artefacts: Artefacts) {
    this.#recorder = recorder;
    this.#artefacts = artefacts;
  }

  command(line: Bytes): void {
    this.#line = lossyText(line);
    this.#recorder.emit('cowrie.command.input', { input: this.#line });
  }

  notFound(argv: Bytes[]): void {
    const [name = '', ...rest] = argv;
    this.#recorder.emit('cowrie.command.failed', { input: lossyText(`${name} ${rest.join(' ')}`) });
  }

  input(program: string, line: Bytes): void {
    const fields = { realm: program, input: lossyText(line) };
    if (SUCCESS_REALMS.has(program)) this.#recorder.emit('cowrie.command.success', fields);
    else if (COMMAND_REALMS.has(program)) this.#recorder.emit('cowrie.command.input', fields);
    else this.#recorder.emit('cowrie.session.input', fields);
  }

  /** Each once a shell: a loop over a missing program is one gap. */
  gap(program: string, option?: string): void {
    // What start-up files run before anything was typed is no attacker's wish.
    if (this.#line === '') return;
    const key = `${program} ${option ?? ''}`;
    if (this.#gaps.has(key) || this.#gaps.size >= MOST_GAPS) return;
    this.#gaps.add(key);
    const name = textOrRepr(program);
    const input = this.#line.slice(0, 1024);
    this.#recorder.emit(
      'kansatsuki.session.gap',
      option === undefined ? { program: name, input } : { program: name, option: textOrRepr(option), input },
    );
  }

  passwordChanged(user: Bytes): void {
    this.#recorder.emit('cowrie.command.chpasswd', { realm: 'chpasswd', username: escapeBytes(user) });
  }

  written(path: Bytes, content: () => Buffer): void {
    this.#artefacts.written(path, content);
  }

  async fetch({ tool, url, destination }: FetchRequest): Promise<FetchAnswer> {
    const text = textOrRepr(url);
    this.#recorder.emit('kansatsuki.session.download_request', {
      url: text,
      tool,
      policy: 'record',
      ...(destination === undefined ? {} : { destfile: textOrRepr(destination) }),
    });
    this.#recorder.emit(
      'cowrie.session.file_download.failed',
      WITH_ERROR.has(tool) ? { url: text, error: 'Connection timed out' } : { url: text },
    );
    return { outcome: 'unreachable' };
  }
}
