// The line on standard error that scripts wait for.

/** The line that scripts wait for: `ready ssh=0.0.0.0:2222 telnet=0.0.0.0:2223 web=127.0.0.1:8080`. */
export function readyLine(addresses: Record<string, string>): string {
  const parts = Object.entries(addresses).flatMap(([name, address]) => (address ? [`${name}=${address}`] : []));
  return ['ready', ...parts].join(' ');
}
