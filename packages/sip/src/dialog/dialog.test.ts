import { describe, expect, it } from 'vitest';
import { Headers } from '../message/headers.js';
import type { SipResponse } from '../message/message.js';
import { printUri } from '../message/uri.js';
import { request, response } from '../testing/requests.js';
import { Dialog } from './dialog.js';

const via = { transport: 'UDP', host: '192.0.2.1', params: new Map() };
const invite = request('INVITE', { cseq: 'CSeq: 41 INVITE' });

function accepted(routes: readonly string[], contact = '<sip:bob@192.0.2.9:5070>'): SipResponse {
  const fields = routes.map((value) => ({ name: 'Record-Route', value }));
  return { ...response(invite, 200), headers: new Headers([...fields, { name: 'Contact', value: contact }]) };
}

describe('a dialog as caller (section 12.1.2)', () => {
  it('turns Record-Route around and sends to the Contact', () => {
    const dialog = Dialog.forClient(invite, accepted(['<sip:p2;lr>, <sip:p1;lr>', '<sip:p0;lr>']));
    const bye = dialog.request('BYE', via, Headers.EMPTY);
    expect(printUri(bye.uri)).toBe('sip:bob@192.0.2.9:5070');
    expect(bye.headers.list('Route')).toEqual(['<sip:p0;lr>', '<sip:p1;lr>', '<sip:p2;lr>']);
    expect(printUri(dialog.nextHop)).toBe('sip:p0;lr');
    expect(bye.cseq).toEqual({ number: 42, method: 'BYE' });
    expect([bye.from.params.get('tag'), bye.to.params.get('tag')]).toEqual(['a1', 'b1']);
  });

  it('gives a strict router its own URI and the target as last Route (section 12.2.1.1)', () => {
    const dialog = Dialog.forClient(invite, accepted(['<sip:p2;lr>', '<sip:strict>']));
    const bye = dialog.request('BYE', via, Headers.EMPTY);
    expect(printUri(bye.uri)).toBe('sip:strict');
    expect(bye.headers.list('Route')).toEqual(['<sip:p2;lr>', '<sip:bob@192.0.2.9:5070>']);
  });

  it('numbers the ACK like its INVITE, and leaves the next number alone', () => {
    const dialog = Dialog.forClient(invite, accepted([]));
    expect(dialog.ack(41, via, Headers.EMPTY).cseq).toEqual({ number: 41, method: 'ACK' });
    expect(dialog.request('INFO', via, Headers.EMPTY).cseq.number).toBe(42);
  });

  it('moves its target with a refresh', () => {
    const dialog = Dialog.forClient(invite, accepted([]));
    dialog.refresh(Headers.of({ Contact: '<sip:bob@198.51.100.1>' }));
    dialog.refresh(Headers.EMPTY);
    expect(printUri(dialog.remoteTarget)).toBe('sip:bob@198.51.100.1');
  });
});

describe('a dialog as callee (section 12.1.1)', () => {
  const local = { ...invite.to, params: new Map([['tag', 'b1']]) };

  it('keeps the order of Record-Route', () => {
    const routed = request('INVITE', { more: 'Record-Route: <sip:p1;lr>, <sip:p2;lr>' });
    const dialog = Dialog.forServer(routed, local);
    const bye = dialog.request('BYE', via, Headers.EMPTY);
    expect(bye.headers.list('Route')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>']);
    expect(printUri(bye.uri)).toBe('sip:alice@192.0.2.1:5060');
    expect([bye.from.params.get('tag'), bye.to.params.get('tag')]).toEqual(['b1', 'a1']);
  });

  it('refuses a request that is older than one before (section 12.2.2)', () => {
    const dialog = Dialog.forServer(invite, local);
    expect(dialog.accept(request('INFO', { cseq: 'CSeq: 43 INFO' }))).toBe(true);
    expect(dialog.accept(request('INFO', { cseq: 'CSeq: 42 INFO' }))).toBe(false);
    expect(dialog.accept(request('INFO', { cseq: 'CSeq: 50 INFO' }))).toBe(true);
  });
});
