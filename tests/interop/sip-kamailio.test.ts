import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lacks, programPath } from '../harness/peers.js';
import { freePort, startProgram, temporaryFolder, until } from '../harness/process.js';
import { SipShell } from './sip-shell.js';

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A proxy that stays in the path and rings every target at once. */
const configuration = (port: number, [first, ...others]: readonly string[]): string => `#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "corex.so"
request_route {
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK") && t_check_trans()) t_relay();
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  record_route();
  $ru = "${first}";
${others.map((uri) => `  append_branch("${uri}");`).join('\n')}
  t_relay();
}
`;

async function open(): Promise<SipShell> {
  const shell = await SipShell.open();
  cleanUps.push(() => shell.close());
  return shell;
}

/** A caller, a forking proxy and two phones behind it that ring. */
async function forked() {
  const [caller, one, two] = [await open(), await open(), await open()];
  const port = await freePort();
  const folder = temporaryFolder('kamailio');
  const file = join(folder.path, 'kamailio.cfg');
  writeFileSync(
    file,
    configuration(
      port,
      [one, two].map((phone) => `sip:phone@127.0.0.1:${phone.port}`),
    ),
  );
  const args = ['-f', file, '-DD', '-E', '-m', '16', '-M', '4', '-Y', folder.path];
  const program = startProgram(programPath('kamailio'), args);
  cleanUps.push(() => folder.remove());
  cleanUps.push(() => program.stop());
  for (const phone of [one, two]) {
    phone.onEvent = (event) => {
      if (event.type === 'incoming') phone.act({ type: 'ring', legId: event.legId, status: 180 });
    };
  }
  caller.act({
    type: 'invite',
    legId: 'a',
    uri: `sip:all@127.0.0.1:${port}`,
    from: { uri: 'sip:caller@127.0.0.1' },
    flow: caller.flowTo(port),
    sdp: SDP,
  });
  await until(`two phones to ring: ${program.output()}`, () => tags(caller).size === 2 || undefined);
  return { caller, one, two };
}

const tags = (shell: SipShell): Set<string> =>
  new Set(shell.events.flatMap((event) => (event.type === 'progress' ? [event.toTag] : [])));

const legOf = (shell: SipShell): string =>
  shell.events.flatMap((event) => (event.type === 'incoming' ? [event.legId] : []))[0] ?? '';

const has = (shell: SipShell, type: string) => () => shell.story.includes(type) || undefined;

describe.skipIf(lacks('kamailio'))('through a forking proxy', () => {
  it('one phone answers, the other is cancelled, and BYE follows the recorded route', async () => {
    const { caller, one, two } = await forked();
    two.act({ type: 'answer', legId: legOf(two), sdp: SDP });
    await until('the answer', has(caller, 'answered'));
    await until('the ACK', has(two, 'confirmed'));
    await until('the CANCEL', has(one, 'cancelled'));
    two.act({ type: 'hangup', legId: legOf(two) });
    await until('the BYE', has(caller, 'ended'));
    expect(caller.story).toEqual(['progress', 'progress', 'answered', 'ended']);
    expect(two.story).toEqual(['incoming', 'confirmed', 'ended']);
  });

  it('both phones answer at once: one call stands, the other is ended', async () => {
    const { caller, one, two } = await forked();
    one.act({ type: 'answer', legId: legOf(one), sdp: SDP });
    two.act({ type: 'answer', legId: legOf(two), sdp: SDP });
    await until('the answer', has(caller, 'answered'));
    await until('one phone to be hung up', () => has(one, 'ended')() ?? has(two, 'ended')());
    expect([one, two].filter((phone) => phone.story.includes('ended'))).toHaveLength(1);
    caller.act({ type: 'hangup', legId: 'a' });
    await until('the first to end', has(one, 'ended'));
    await until('the second to end', has(two, 'ended'));
    expect(caller.story).toEqual(['progress', 'progress', 'answered', 'ended']);
  });

  it('the caller gives up: both phones stop', async () => {
    const { caller, one, two } = await forked();
    caller.act({ type: 'hangup', legId: 'a', reasonHeader: 'SIP;cause=200;text="gone"' });
    await until('the 487', has(caller, 'failed'));
    await until('the first to stop', has(one, 'cancelled'));
    await until('the second to stop', has(two, 'cancelled'));
    expect(caller.events.find((event) => event.type === 'failed')).toMatchObject({
      fault: { code: 'sip.cancelled_by_caller' },
      status: 487,
    });
  });
});
