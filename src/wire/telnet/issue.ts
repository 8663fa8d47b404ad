// /etc/issue.net as a daemon shows it: netkit's `%` sequences, and BusyBox' `\` and `%` ones.

export interface IssueValues {
  hostname: string;
  domain: string;
  kernelRelease: string;
  kernelVersion: string;
  architecture: string;
  /** `pts/0`. */
  line: string;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (value: number) => String(value).padStart(2, '0');

/** Line ends are those a program writes to its terminal; inetutils' telnetd does not read the file. */
export function expandIssue(text: string, family: 'bsd' | 'busybox', values: IssueValues, now: Date): string {
  return family === 'bsd' ? netkit(text, values, now) : busybox(text, values, now);
}

function netkit(text: string, values: IssueValues, now: Date): string {
  const hour = now.getUTCHours();
  const time = `${String(hour % 12 || 12).padStart(2)}:${two(now.getUTCMinutes())}${hour < 12 ? 'AM' : 'PM'}`;
  const shown: Readonly<Record<string, string>> = {
    t: values.line.replace(/^.*\//, ''),
    h: values.domain ? `${values.hostname}.${values.domain}` : values.hostname,
    D: '',
    d: `${time} on ${DAYS[now.getUTCDay()]}, ${two(now.getUTCDate())} ${MONTHS[now.getUTCMonth()]} ${now.getUTCFullYear()}`,
    s: 'Linux',
    m: values.architecture,
    r: values.kernelRelease,
    v: values.kernelVersion,
    '%': '%',
  };
  // A line that begins with # is the administrator's.
  return text.replace(/^#.*\n?/gm, '').replace(/%([\s\S])/g, (_, letter: string) => shown[letter] ?? '');
}

function busybox(text: string, values: IssueValues, now: Date): string {
  const shown: Readonly<Record<string, string>> = {
    s: 'Linux',
    S: 'Linux',
    n: values.hostname,
    h: values.hostname,
    r: values.kernelRelease,
    v: values.kernelVersion,
    m: values.architecture,
    D: '(none)',
    o: '(none)',
    O: '(none)',
    d: `${DAYS[now.getUTCDay()]}, ${two(now.getUTCDate())} ${MONTHS[now.getUTCMonth()]} ${now.getUTCFullYear()}`,
    t: `${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())}`,
    l: `/dev/${values.line}`,
  };
  return text.replace(/[\\%]([\s\S])|\n/g, (_, letter?: string) => (letter ? (shown[letter] ?? letter) : '\n\r'));
}
