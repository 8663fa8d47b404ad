// What is wrong with a configuration, as data, and the sentence that says it: file, line, key, expected, found and the fix.
import type { Expected, Key } from './keys.ts';

export type Lang = 'en' | 'ja';

/** Where a value came from. */
export type Origin =
  | { from: 'file'; file: string; line?: number }
  | { from: 'environment'; name: string }
  | { from: 'option'; name: string };

export type Problem = { origin: Origin } & (
  | { kind: 'value'; path: string; expected: Expected; found: string; key?: Key }
  | { kind: 'unknown'; path: string; suggestion?: string; known: string[] }
  | { kind: 'syntax'; detail: string }
  | { kind: 'unreadable'; detail: string }
  | { kind: 'password needed'; found: string }
  | { kind: 'sink needed' }
);

/** Wrong configuration: one or more problems, all that were found. The commands print them and end with exit code 2. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems.map((problem) => problemText(problem)).join('\n'));
    this.problems = problems;
  }
}

export function problemText(problem: Problem, lang: Lang = 'en'): string {
  const { origin } = problem;
  const where = origin.from === 'file' ? `${origin.file}${origin.line ? `:${origin.line}` : ''}` : origin.name;
  return `${where}: ${lang === 'ja' ? japanese(problem) : english(problem)}`;
}

function english(problem: Problem): string {
  switch (problem.kind) {
    case 'value':
      return `${problem.path}: expected ${expectedEnglish(problem.expected)}, found ${problem.found}. ${example(problem, 'Write for instance')}`;
    case 'unknown':
      return problem.suggestion
        ? `unknown key ${problem.path}. Did you mean ${problem.suggestion}?`
        : `unknown key ${problem.path}. Remove it, or use one of: ${problem.known.join(', ')}`;
    case 'syntax':
      return `not valid TOML: ${problem.detail}`;
    case 'unreadable':
      return `cannot be read: ${problem.detail}`;
    case 'sink needed':
      return 'forwarding.mode: sink needs an address to connect to. Write for instance sink = "192.0.2.1:8000" in [forwarding]';
    case 'password needed':
      return (
        `web.listen: expected a loopback address (127.0.0.1 or [::1]) as long as web.password_hash is empty, found ${problem.found}. ` +
        'Set a password with: kansatsuki init --password'
      );
  }
}

function expectedEnglish(expected: Expected): string {
  switch (expected.type) {
    case 'whole':
      return `a whole number from ${expected.least} to ${expected.most}`;
    case 'address':
      return 'ADDRESS:PORT, [IPV6]:PORT or off, ports 0 to 65535';
    case 'listeners':
      return 'ADDRESS:PORT, [IPV6]:PORT, either with =PERSONA behind it, or off, or a list of them, ports 0 to 65535';
    case 'personas':
      return 'the name of a persona, or several joined by +';
    case 'networks':
      return 'a list of addresses or networks such as ["198.51.100.0/24"]';
    case 'folders':
      return 'a list of folders such as ["/home/cowrie/cowrie/var/log/cowrie"]';
    case 'files':
      return 'a list of at most 16 paths of files such as ["GeoLite2-City.mmdb"]';
    case 'host names':
      return 'a list of host names without ports such as ["honeypot.example.com"]';
    case 'yes or no':
      return 'true or false';
    case 'age':
      return 'an age such as "90d", "2w", "1y" or "never"';
    case 'size':
      return 'a size such as "10GB" or "512MiB", a share of the disk such as "5%", or "never"';
    case 'share':
      return 'a share of the disk such as "5%", or a size such as "1GB"';
    case 'startups':
      return 'START:RATE:FULL such as 10:30:100 (1 to FULL, a percentage from 1, FULL), or an empty text';
    case 'source block':
      return 'bits of IPv4:IPv6 addresses such as 32:128';
    case 'one of':
      return expected.values.length === 1
        ? `"${expected.values[0]}"`
        : `one of ${expected.values.map((v) => `"${v}"`).join(', ')}`;
    case 'text':
      return expected.most ? `a text of at most ${expected.most} characters` : 'a text';
    case 'password hash':
      return 'a hash made by kansatsuki init --password';
    case 'section':
      return 'a section with keys';
  }
}

function japanese(problem: Problem): string {
  switch (problem.kind) {
    case 'value':
      return `${problem.path}: ${expectedJapanese(problem.expected)}でなければなりませんが、${problem.found} になっています。${example(problem, '記述例:')}`;
    case 'unknown':
      return problem.suggestion
        ? `${problem.path} という項目はありません。${problem.suggestion} の間違いではありませんか。`
        : `${problem.path} という項目はありません。削除するか、次のいずれかにしてください: ${problem.known.join(', ')}`;
    case 'syntax':
      return `TOML として読めません: ${problem.detail}`;
    case 'unreadable':
      return `読み込めません: ${problem.detail}`;
    case 'sink needed':
      return 'forwarding.mode: sink には接続先のアドレスが必要です。[forwarding] に、例えば sink = "192.0.2.1:8000" と書いてください。';
    case 'password needed':
      return (
        `web.listen: web.password_hash が空の間はループバックアドレス(127.0.0.1 か [::1])でなければなりませんが、${problem.found} になっています。` +
        'パスワードは kansatsuki init --password で設定できます。'
      );
  }
}

function expectedJapanese(expected: Expected): string {
  switch (expected.type) {
    case 'whole':
      return `${expected.least} から ${expected.most} までの整数`;
    case 'address':
      return '「アドレス:ポート」「[IPv6アドレス]:ポート」または off(ポートは 0～65535)';
    case 'listeners':
      return '「アドレス:ポート」「[IPv6アドレス]:ポート」(後ろに =ペルソナ を付けてもよい)または off、またはその配列(ポートは 0～65535)';
    case 'personas':
      return 'ペルソナの名前、または + でつないだ複数の名前';
    case 'networks':
      return '["198.51.100.0/24"] のようなアドレスまたはネットワークの配列';
    case 'folders':
      return '["/home/cowrie/cowrie/var/log/cowrie"] のようなフォルダの配列';
    case 'files':
      return '["GeoLite2-City.mmdb"] のようなファイルのパスの配列(16個まで)';
    case 'host names':
      return '["honeypot.example.com"] のようなホスト名(ポートなし)の配列';
    case 'yes or no':
      return 'true または false';
    case 'age':
      return '"90d"、"2w"、"1y" のような期間または "never"';
    case 'size':
      return '"10GB"、"512MiB" のような大きさ、"5%" のようなディスクの割合、または "never"';
    case 'share':
      return '"5%" のようなディスクの割合、または "1GB" のような大きさ';
    case 'startups':
      return '10:30:100 のような「開始:割合:上限」(1～上限、1以上の百分率、上限)または空文字列';
    case 'source block':
      return '32:128 のような IPv4:IPv6 アドレスのビット数';
    case 'one of':
      return expected.values.map((v) => `"${v}"`).join('、');
    case 'text':
      return expected.most ? `${expected.most} 文字以内の文字列` : '文字列';
    case 'password hash':
      return 'kansatsuki init --password が作ったハッシュ';
    case 'section':
      return '項目を持つセクション';
  }
}

/** Where the default is empty and would teach nothing. */
const EXAMPLES: Partial<Record<Expected['type'], Key['default']>> = {
  networks: ['198.51.100.0/24'],
  folders: ['/home/cowrie/cowrie/var/log/cowrie'],
  files: ['GeoLite2-City.mmdb'],
  'host names': ['honeypot.example.com'],
  startups: '10:30:100',
};

/** The fix, spelled as the reader has to write it at the place where the value came from. */
function example({ origin, key, path }: Problem & { kind: 'value' }, lead: string): string {
  if (!key) return `${lead} [${path}]`;
  const shown = EXAMPLES[key.expected.type] ?? key.default;
  const value = String(shown);
  if (origin.from === 'environment') return `${lead} ${origin.name}=${value}`;
  if (origin.from === 'option') return `${lead} ${origin.name} ${value}`;
  return `${lead} ${key.name} = ${JSON.stringify(shown)}`;
}
