import type { PreflightOptions, PreflightStep, PreflightSummary } from '@earshot/client/preflight';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateFiles, TestAuthority } from '../harness/certificates.js';
import { type Chromium, type ChromiumOptions, launchChromium } from '../harness/chromium.js';
import { type Gateway, type Settings, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { freePort, temporaryFolder } from '../harness/process.js';

/** A whole run, with a call, on a machine that does much else. */
const PATIENCE = 90_000;

interface Outcome {
  readonly summary: PreflightSummary;
  /** Step and state, as they came. */
  readonly heard: readonly string[];
  /** What was left behind: connections that are not closed, tracks of a microphone that still run. */
  readonly left: { readonly peers: number; readonly tracks: number };
}

describe.skipIf(lacks('chromium'))('preflight', () => {
  const folder = temporaryFolder('preflight');
  let authority: TestAuthority;
  let files: CertificateFiles;
  let gateway: Gateway;
  /** With a microphone that is allowed. */
  let usual: Chromium;

  const gatewayWith = (settings: Readonly<Record<string, Settings>> = {}): Promise<Gateway> =>
    startGateway({ http: { port: 0, tls: { port: 0, ...files } }, ...settings });
  const browserWith = (options: ChromiumOptions = {}): Promise<Chromium> =>
    launchChromium({ ...options, args: [...authority.chromiumArgs, ...(options.args ?? [])] });

  beforeAll(async () => {
    authority = await TestAuthority.create();
    files = await authority.issueFiles(folder.path);
    [gateway, usual] = await Promise.all([gatewayWith(), browserWith()]);
  });
  afterAll(async () => {
    await usual?.close();
    await gateway?.stop();
    folder.remove();
  });

  interface Run {
    readonly options?: Partial<PreflightOptions>;
    /** Cancels when a step of this name begins. */
    readonly until?: string;
    readonly browser?: Chromium;
    readonly at?: Gateway;
  }

  /** Runs it in a page of the gateway. */
  async function run({ options = {}, until = '', browser = usual, at = gateway }: Run = {}): Promise<Outcome> {
    const page = await browser.newPage();
    await page.goto(at.secureUrl);
    const outcome = (await page.evaluate(`(async () => {
      const tracks = [];
      const { getUserMedia } = navigator.mediaDevices;
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await getUserMedia.call(navigator.mediaDevices, constraints);
        tracks.push(...stream.getTracks());
        return stream;
      };
      const { preflight } = await import('/sdk/earshot-preflight.js');
      const { token } = await (await fetch('/api/page')).json();
      const url = location.origin.replace('http', 'ws') + '/earshot';
      const run = preflight({ url, token, callSeconds: 3, ...${JSON.stringify(options)} });
      const heard = [];
      for await (const { step, state } of run) {
        heard.push(step + ' ' + state);
        if (step === ${JSON.stringify(until)} && state === 'running') run.cancel();
      }
      const summary = await run.summary;
      const open = () => globalThis.earshotPeers.filter(({ connectionState }) => connectionState !== 'closed').length;
      const live = () => tracks.filter(({ readyState }) => readyState === 'live').length;
      // The call asks for its last figures before it lets go.
      for (let tries = 0; tries < 100 && open() + live() > 0; tries += 1) await new Promise((next) => setTimeout(next, 50));
      return { summary, heard, left: { peers: open(), tracks: live() } };
    })()`)) as Outcome;
    await page.close();
    return outcome;
  }

  const stepOf = <Name extends PreflightStep['step']>(outcome: Outcome, name: Name) =>
    outcome.summary.steps.filter((step): step is Extract<PreflightStep, { step: Name }> => step.step === name);
  const codes = ({ summary }: Outcome): string[] => summary.problems.map(({ code, step }) => `${step} ${code}`);

  it('finds all in order: every transport of the relay, the direct way, and a call that sounds well', {
    timeout: PATIENCE,
  }, async () => {
    // As long as it listens unless told otherwise: on a busy machine the gateway has no opinion after less.
    const outcome = await run({ options: { callSeconds: 8 } });
    expect(codes(outcome)).toEqual([]);
    expect(outcome.summary).toMatchObject({ ok: true, cancelled: false });
    expect(outcome.summary.score).toBeGreaterThan(0);
    const relays = stepOf(outcome, 'turn');
    expect(new Set(relays.map(({ figures }) => figures?.transport))).toEqual(new Set(['udp', 'tcp', 'tls']));
    for (const { state, figures } of relays) {
      expect(state).toBe('passed');
      expect(figures?.allocatedMs).toBeGreaterThan(0);
    }
    const [microphone] = stepOf(outcome, 'microphone');
    expect(microphone?.figures).toMatchObject({ permission: 'granted', level: expect.any(Number) });
    expect(microphone?.figures?.level).toBeGreaterThan(0.05);
    const [signaling] = stepOf(outcome, 'signaling');
    expect(signaling?.figures).toMatchObject({ openMs: expect.any(Number), roundTripMs: expect.any(Number) });
    const [call] = stepOf(outcome, 'call');
    // How much is a matter of how busy this machine is.
    expect(call?.figures).toMatchObject({
      mosBy: 'gateway',
      mos: { up: expect.any(Number), down: expect.any(Number) },
    });
    expect(call?.figures?.lossPercent.down).toBeLessThan(3);
    expect(stepOf(outcome, 'direct')[0]?.figures?.path).toMatchObject({ via: 'direct', transport: 'udp' });
    expect(outcome.left).toEqual({ peers: 0, tracks: 0 });
  });

  it('names what is wrong with each relay', { timeout: PATIENCE }, async () => {
    const [relay, closed] = [await freePort(), await freePort()];
    const urls = [`turn:127.0.0.1:${relay}?transport=udp`, `turn:127.0.0.1:${closed}?transport=tcp`];
    const other = await gatewayWith({
      turn: {
        ...{ port: relay, tlsPort: 0, relayPorts: [0, 0] },
        servers: [{ urls, username: 'nobody', credential: 'wrong', healthCheck: false }],
      },
    });
    const outcome = await run({ options: { to: false }, at: other });
    await other.stop();
    const wrong = outcome.summary.problems.map(({ code, where }) => [code, where]);
    expect(wrong).toEqual(
      expect.arrayContaining([
        ['turn.auth_failed', urls[0]],
        ['turn.unreachable', urls[1]],
      ]),
    );
    expect(wrong).toHaveLength(2);
    // Calls work all the same, for there are other relays and other ways.
    expect(outcome.summary.ok).toBe(true);
    expect(outcome.heard).toContain('call skipped');
    expect(outcome.left.peers).toBe(0);
  });

  it('tells a network without UDP', { timeout: PATIENCE }, async () => {
    const browser = await browserWith({ args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] });
    const outcome = await run({ browser });
    await browser.close();
    expect(outcome.summary.ok).toBe(true);
    const states = stepOf(outcome, 'turn').map(({ figures, state }) => `${figures?.transport} ${state}`);
    expect(new Set(states)).toEqual(new Set(['udp failed', 'tcp passed', 'tls passed']));
    expect(codes(outcome)).toContain('direct ice.relay_tcp');
    expect(stepOf(outcome, 'call')[0]?.state).not.toBe('failed');
  });

  it('judges the network without a microphone, and says what is wrong with that', { timeout: PATIENCE }, async () => {
    // Silence is made by Web Audio, which waits for the gesture that a person began this with.
    const args = ['--autoplay-policy=no-user-gesture-required'];
    const browser = await browserWith({ permission: 'denied', args });
    const outcome = await run({ browser });
    await browser.close();
    // Nothing else is wrong.
    expect(codes(outcome)).toEqual([
      expect.stringMatching(/^microphone mic\.(denied_by_user|blocked_earlier|denied_by_policy)$/),
    ]);
    expect(outcome.summary).toMatchObject({ ok: false, score: 0 });
    expect(stepOf(outcome, 'call')[0]).toMatchObject({ figures: { mos: { down: expect.any(Number) } } });
  });

  it('goes no further where the gateway is not reached, or refuses', { timeout: PATIENCE }, async () => {
    const nowhere = await run({ options: { url: `wss://localhost:${await freePort()}/earshot` } });
    expect(codes(nowhere)).toEqual(['signaling signaling.ws_unreachable']);
    expect(nowhere.heard.slice(-2)).toEqual(['call skipped', 'direct skipped']);
    expect(nowhere.summary).toMatchObject({ ok: false, score: 0 });
    expect(codes(await run({ options: { token: 'x.y.z' } }))).toEqual(['signaling auth.token_invalid']);
  });

  it.each(['microphone', 'signaling', 'turn', 'call'])(
    'is cancelled in the step %s, and holds nothing',
    async (step) => {
      const outcome = await run({ until: step });
      expect(outcome.summary).toMatchObject({ ok: false, cancelled: true, problems: [] });
      expect(outcome.left).toEqual({ peers: 0, tracks: 0 });
    },
  );
});
