import { connect, createServer } from 'node:net';

/**
 * Leads from a socket of the file system, which every network namespace sees, to the admin listener of this namespace:
 * `node admin-bridge.mjs SOCKET PORT` writes "ready" and runs until it is killed.
 */
const [path, port] = process.argv.slice(2);
const server = createServer((near) => {
  const far = connect(Number(port), '127.0.0.1');
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
});
server.listen(path, () => console.log('ready'));
