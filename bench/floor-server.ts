// The least a server can do for one SSH key exchange, as a process of its own: accept, X25519, one Ed25519 signature, the hashes, two writes.
import { createPublicKey, diffieHellman, generateKeyPairSync, hash, sign } from 'node:crypto';
import { createServer } from 'node:net';

const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const HOST = generateKeyPairSync('ed25519').privateKey;
/** RFC 4253 §8: what is hashed holds both KEXINITs, about this much; then six keys are derived. */
const EXCHANGE = Buffer.alloc(1500);
const KEYS = 6;

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.write('ident');
  socket.on('data', (value) => {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const peer = createPublicKey({ key: Buffer.concat([SPKI, value.subarray(0, 32)]), format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey, publicKey: peer });
    const ours = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
    const digest = hash('sha256', EXCHANGE, 'buffer');
    const signature = sign(null, digest, HOST);
    for (let i = 0; i < KEYS; i++) hash('sha256', Buffer.concat([secret, digest]), 'buffer');
    socket.write(Buffer.concat([ours, signature]));
  });
});
server.listen(0, '127.0.0.1', 4096, () => process.send!((server.address() as { port: number }).port));
process.on('disconnect', () => process.exit(0));
