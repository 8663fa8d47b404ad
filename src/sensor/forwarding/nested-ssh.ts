// A tunnel to the machine's own SSH port is a second connection to the same honeypot: a session of its own, through the first.
import { identify, Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import type { Connect } from './far-end.ts';

/** @param outer of the connection that it comes through; its client is this one's, too */
export function nestedSsh(
  resources: Resources,
  outer: Recorder,
  address: string,
  port: number,
  depth: number,
): { connect: Connect; session: string } {
  const { src_ip, src_port } = outer.connection;
  const identity = identify('ssh', { address: src_ip, port: src_port }, { address, port });
  return {
    session: identity.session,
    connect: (near) => {
      let inner: ReturnType<Resources['serveSsh']> | undefined;
      let stopGrace = () => {};
      const place = resources.place(src_ip);
      if (typeof place === 'string')
        return {
          opened: () => {
            near.write(Buffer.from(place, 'latin1'));
            near.close();
          },
          data: () => {},
          end: () => {},
        };
      return {
        opened: () => {
          const recorder = new Recorder(
            resources.journal,
            resources.origin,
            identity,
            resources.host.name,
            resources.now,
          );
          const wire = {
            send: (bytes: Buffer) => near.write(bytes),
            close: () => near.close(),
            pause: (paused: boolean) => near.pause(paused),
          };
          const loggedIn = () => {
            place.authenticated();
            stopGrace();
          };
          inner = resources.serveSsh(recorder, wire, loggedIn, depth);
          stopGrace = resources.after(resources.config.limits.login_grace * 1000, () => inner?.close());
        },
        data: (chunk) => inner?.receive(chunk),
        end: () => inner?.end(),
        drain: () => inner?.drained(),
        closed: () => {
          stopGrace();
          place.release();
          inner?.gone();
        },
      };
    },
  };
}
