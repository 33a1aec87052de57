// The web site of the examples: it serves their pages and gives their visitors tokens, as your own server would.
//
//   EARSHOT_SECRET=... node examples/serve.mjs        (the `auth.secret` of earshot.yaml)
//
// EARSHOT_URL: the gateway, http://localhost:8080 unless set. PORT: of this site, 3000 unless set.
import { createHmac, randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const {
  EARSHOT_SECRET: secret = '',
  EARSHOT_URL: gateway = 'http://localhost:8080',
  PORT: port = '3000',
} = process.env;
if (secret.length < 32) {
  process.stderr.write('Set EARSHOT_SECRET to the auth.secret of earshot.yaml (at least 32 characters).\n');
  process.exit(1);
}

const root = fileURLToPath(new URL('.', import.meta.url));
const socket = gateway.replace(/^http/, 'ws');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.map': 'application/json' };

/** As strict as it gets: nothing inline, nothing evaluated, scripts of this site and of the gateway alone. */
const policy = [
  "default-src 'none'",
  `script-src 'self' ${gateway}`,
  "style-src 'self'",
  "img-src 'self' data:",
  // Tokens from here; calls, and the last words of a page that goes, at the gateway.
  `connect-src 'self' ${gateway} ${socket}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A JSON Web Token (RFC 7519), signed by HS256. A real site looks first who asks. */
function token(claims) {
  const now = Math.floor(Date.now() / 1_000);
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'earshot', aud: 'earshot', exp: now + 300, ...claims })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

const tokens = {
  // Visitors: whom the buttons call, and nobody else.
  '/token': () => token({ sub: `visitor-${randomInt(1e9)}`, call: ['echo', 'agent-*'] }),
  // Somebody of the staff, who is called as well.
  '/agent-token': (query) => token({ sub: `agent-${query.get('name') ?? 'anna'}`, call: ['*'], receive: true }),
};

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
  response.setHeader('content-security-policy', policy);
  response.setHeader('cache-control', 'no-store');
  const issue = tokens[pathname];
  if (issue !== undefined) {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ token: issue(searchParams) }));
    return;
  }
  const path = join(root, normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
  const type = types[extname(path)];
  const file = path.startsWith(root) && type !== undefined ? await readFile(path).catch(() => undefined) : undefined;
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.setHeader('content-type', `${type}; charset=utf-8`);
  // The pages name a gateway; here it is yours.
  const isText = type === 'text/html' || (type === 'text/javascript' && !pathname.includes('/dist/'));
  response.end(
    isText
      ? String(file).replaceAll('https://calls.example.com', gateway).replaceAll('wss://calls.example.com', socket)
      : file,
  );
});
server.listen(Number(port), 'localhost', () => {
  process.stdout.write(`http://localhost:${server.address().port}/\n`);
});
