// Whose connection it is: the socket's own endpoints, or those that a trusted load balancer's PROXY header names.
import { BlockList, isIPv4, isIPv6, type Socket } from 'node:net';
import { type Endpoint, ProxyReader } from './proxy-protocol.ts';
import { plainAddress } from './source-block.ts';

export interface Endpoints {
  from: Endpoint;
  to: Endpoint;
}

/** A balancer sends its header with the connection's first packet; the specification asks for at least three seconds. */
const HEADER_WITHIN_MS = 5_000;

/** Undefined when the peer has gone already. */
export function endpointsOf(socket: Socket): Endpoints | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return {
    from: { address: plainAddress(remoteAddress), port: remotePort },
    to: { address: plainAddress(localAddress), port: localPort ?? 0 },
  };
}

/** Addresses whose connections begin with a header. @param networks `address` or `address/prefix` */
export function trustedPeers(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of networks) {
    const [network = '', prefix] = entry.split('/');
    const plain = plainAddress(network);
    // A network of IPv4-mapped addresses is one of IPv4.
    const mapped = plain !== network ? 96 : 0;
    if (isIPv4(plain)) list.addSubnet(plain, Math.max(0, Number(prefix ?? 32 + mapped) - mapped), 'ipv4');
    else if (isIPv6(network)) list.addSubnet(network, Number(prefix ?? 128), 'ipv6');
  }
  return (address) => {
    const plain = address.replace(/%.*$/s, '');
    return isIPv4(plain) ? list.check(plain, 'ipv4') : isIPv6(plain) && list.check(plain, 'ipv6');
  };
}

/**
 * Reads the header off an accepted socket, which is paused before and after; what came behind the header is read from it
 * next. `refused` is called instead when there is no valid header in time; the socket is to be destroyed then.
 */
export function readProxyHeader(
  socket: Socket,
  own: Endpoints,
  { taken, refused }: { taken(endpoints: Endpoints): void; refused(why: string): void },
): void {
  const reader = new ProxyReader();
  const done = (end: () => void) => {
    clearTimeout(timer);
    socket.pause();
    socket.off('data', data).off('end', ended).off('close', ended).off('error', failed);
    end();
  };
  const data = (chunk: Buffer) => {
    let result: ReturnType<ProxyReader['take']>;
    try {
      result = reader.take(chunk);
    } catch (error) {
      done(() => refused((error as Error).message));
      return;
    }
    if (!result) return;
    const { header, rest } = result;
    done(() => {
      if (rest.length > 0) socket.unshift(rest);
      const { client } = header;
      taken(client ? { from: plain(client.from), to: plain(client.to) } : own);
    });
  };
  const ended = () => done(() => refused('no header'));
  const failed = () => {};
  const timer = setTimeout(() => done(() => refused('no header in time')), HEADER_WITHIN_MS).unref();
  socket.on('data', data).on('end', ended).on('close', ended).on('error', failed);
  socket.resume();
}

const plain = ({ address, port }: Endpoint): Endpoint => ({ address: plainAddress(address), port });
