import { err, type Fault, fault, type IceCredentials, ok, type Result, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { BindingRequest, type StunTiming } from '@earshot/turn';
import { now } from '../clock.js';
import { CoreTimer } from '../timer.js';
import type { RelayLink } from './link.js';
import type { RelaySession } from './relay-session.js';

export interface BindingAnswer {
  /** Where the answering side saw the request come from. */
  readonly mapped: TransportAddress;
  /** From the first request to the answer, in ms. */
  readonly roundTripMs: number;
}

/** For a check that waits for seconds, not for a call's patience: given up 5 s after the first of four requests. */
export const PROBE_TIMING: StunTiming = { rtoMs: 500, requests: 4, lastWait: 3, reliableMs: 5_000 };

interface Asking {
  readonly isReliable: boolean;
  readonly timing: StunTiming;
  readonly ice?: IceCredentials;
  readonly send: (bytes: Uint8Array) => void;
  /** Takes where answers are to be handed in, and where it is to be said that none can come. */
  readonly listen: (receive: (bytes: Uint8Array) => void, lost: (reason: Fault) => void) => void;
}

const ignore = (): void => {};

function ask({ isReliable, timing, ice, send, listen }: Asking): Promise<Result<BindingAnswer>> {
  const begun = performance.now();
  const check = ice === undefined ? {} : { ice };
  const request = new BindingRequest(now(), { crypto: nodeCrypto, isReliable, timing, ...check });
  return new Promise((resolve) => {
    const settle = (outcome: Result<BindingAnswer>): void => {
      timer.stop();
      listen(ignore, ignore);
      resolve(outcome);
    };
    const timer = new CoreTimer((at) => {
      const what = request.handleTimeout(at);
      if (what === 'send') send(request.bytes);
      if (what === 'failed') settle(err(fault('turn.silent', 'binding')));
      else timer.arm(request.nextTimeout);
    });
    const receive = (bytes: Uint8Array): void => {
      const answer = request.receive(bytes);
      if (answer === undefined) return;
      const roundTripMs = performance.now() - begun;
      settle(answer.ok ? ok({ mapped: answer.value, roundTripMs }) : answer);
    };
    listen(receive, (reason) => settle(err(reason)));
    send(request.bytes);
    timer.arm(request.nextTimeout);
  });
}

/** A Binding request to the server of a link, which stays open (RFC 8489 section 12). Fault: `turn.silent`, or its refusal. */
export function askServer(
  link: RelayLink,
  timing: StunTiming = PROBE_TIMING,
  ice?: IceCredentials,
): Promise<Result<BindingAnswer>> {
  return ask({
    isReliable: link.transport !== 'udp',
    timing,
    ...(ice === undefined ? {} : { ice }),
    send: (bytes) => link.send(bytes),
    listen: (receive, lost) => {
      link.onMessage = receive;
      link.onLost = lost;
    },
  });
}

/**
 * A connectivity check to an ICE agent through a relay that may send to it, by all of its addresses at once: resolves
 * with the one that answered first.
 */
export async function askThrough(
  session: RelaySession,
  agent: readonly TransportAddress[],
  ice: IceCredentials,
  timing: StunTiming = PROBE_TIMING,
): Promise<Result<TransportAddress>> {
  let from: TransportAddress | undefined;
  const answer = await ask({
    // The way behind the relay is UDP, whatever the way to it is.
    isReliable: false,
    timing,
    ice,
    send: (bytes) => {
      for (const address of agent) session.send(address, bytes);
    },
    listen: (receive) => {
      session.onData = (payload, peer) => {
        from = peer;
        receive(payload);
      };
    },
  });
  if (!answer.ok) return answer;
  return from === undefined ? err(fault('turn.silent')) : ok(from);
}
