import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PhoneScene } from '../testing/scene.js';
import { askForNotifications } from './notifications.js';
import { helpPage, type PageOptions } from './page-helpers.js';

/** The system around a page: its screen, its media buttons, its notifications. */
class FakeSystem extends EventTarget {
  visibilityState: 'visible' | 'hidden' = 'visible';
  title = 'Support desk';
  locks = 0;
  asked = 0;
  readonly handlers = new Map<string, () => void>();
  readonly mediaSession = {
    metadata: null as { title: string; artist: string } | null,
    playbackState: 'none',
    microphone: undefined as boolean | undefined,
    setActionHandler: (action: string, run: (() => void) | null) => {
      if (run === null) this.handlers.delete(action);
      else this.handlers.set(action, run);
    },
    setMicrophoneActive: (on: boolean) => {
      this.mediaSession.microphone = on;
    },
  };
  readonly wakeLock = {
    request: async () => {
      this.asked += 1;
      this.locks += 1;
      return {
        release: async () => {
          this.locks -= 1;
        },
      };
    },
  };

  show(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

class FakeNotification {
  static permission = 'granted';
  static all: FakeNotification[] = [];
  static requestPermission = async () => 'granted';
  isOpen = true;
  onclick: (() => void) | undefined;
  constructor(
    readonly title: string,
    readonly options: { body?: string },
  ) {
    FakeNotification.all.push(this);
  }
  close(): void {
    this.isOpen = false;
  }
}

let system: FakeSystem;
const focus = vi.fn();

beforeEach(() => {
  system = new FakeSystem();
  FakeNotification.all = [];
  FakeNotification.permission = 'granted';
  focus.mockClear();
  vi.stubGlobal('document', system);
  vi.stubGlobal('window', { focus });
  vi.stubGlobal('navigator', { wakeLock: system.wakeLock, mediaSession: system.mediaSession });
  vi.stubGlobal(
    'MediaMetadata',
    class {
      constructor(init: object) {
        Object.assign(this, init);
      }
    },
  );
  vi.stubGlobal('Notification', FakeNotification);
});
afterEach(() => vi.unstubAllGlobals());

async function scene(options: PageOptions = {}): Promise<PhoneScene> {
  const made = await PhoneScene.connected();
  helpPage(made.phone, options);
  return made;
}

/** Runs what waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const ring = async (made: PhoneScene): Promise<void> => {
  made.gateway.say({
    ...{ type: 'call.incoming', callId: 'AAAAAAAAAAAAAAAAAAAAAA', sdp: 'offer' },
    from: { uri: 'sip:+4930123@example.test' },
  });
  await made.browser.run(10);
};

it('keeps the screen on for as long as a call is on, also after the page was hidden', async () => {
  const made = await scene();
  const call = await made.call();
  await settle();
  expect(system.locks).toBe(1);
  system.show('hidden');
  // Browsers take it away from a hidden page.
  system.locks = 0;
  expect(system.asked).toBe(1);
  system.show('visible');
  await settle();
  expect([system.locks, system.asked]).toEqual([1, 2]);
  call.hangUp();
  await settle();
  expect(system.locks).toBe(0);
  system.show('visible');
  await settle();
  expect(system.asked).toBe(2);
});

it('shows the newest call to the system, whose buttons hang up and mute', async () => {
  const made = await scene();
  const first = await made.call('echo');
  const second = await made.call('sip:anna@example.test');
  expect(system.mediaSession).toMatchObject({
    metadata: { title: 'anna', artist: 'Support desk' },
    playbackState: 'playing',
    microphone: true,
  });
  system.handlers.get('togglemicrophone')?.();
  expect([second.muted, first.muted, system.mediaSession.microphone]).toEqual([true, false, false]);
  system.handlers.get('hangup')?.();
  expect([second.state, first.state]).toEqual(['ended', 'connected']);
  expect(system.mediaSession.metadata).toMatchObject({ title: 'echo' });
  first.hangUp();
  expect([system.mediaSession.metadata, system.mediaSession.playbackState, system.handlers.size]).toEqual([
    ...[null, 'none', 0],
  ]);
});

it('notifies of a call while nobody looks, until it is taken or over, and brings the page to the front', async () => {
  const made = await scene();
  system.show('hidden');
  await ring(made);
  const [shown] = FakeNotification.all;
  expect([shown?.title, shown?.options.body, shown?.isOpen]).toEqual(['+4930123', 'Support desk', true]);
  // A call that only rings holds nothing.
  expect([system.asked, system.handlers.size]).toEqual([0, 0]);
  shown?.onclick?.();
  expect([focus.mock.calls.length, shown?.isOpen]).toEqual([1, false]);
  made.phone.calls[0]?.reject();
  await ring(made);
  expect(FakeNotification.all[1]?.isOpen).toBe(true);
  made.phone.calls[0]?.accept();
  expect(FakeNotification.all[1]?.isOpen).toBe(false);
});

it('notifies of nothing while the page is seen, or was not allowed to, and never asks by itself', async () => {
  const request = vi.spyOn(FakeNotification, 'requestPermission');
  const made = await scene();
  await ring(made);
  FakeNotification.permission = 'default';
  system.show('hidden');
  made.phone.calls[0]?.reject();
  await ring(made);
  expect([FakeNotification.all, request.mock.calls]).toEqual([[], []]);
  expect(await askForNotifications()).toBe('granted');
  vi.stubGlobal('Notification', undefined);
  Reflect.deleteProperty(globalThis, 'Notification');
  expect(await askForNotifications()).toBe('unsupported');
});

it('leaves alone what it was told to', async () => {
  const made = await scene({ wakeLock: false, mediaSession: false, notifications: false });
  await made.call();
  system.show('hidden');
  await ring(made);
  await settle();
  expect([system.asked, system.handlers.size, FakeNotification.all]).toEqual([0, 0, []]);
});

it('does without, where browsers have nothing of it', async () => {
  vi.stubGlobal('navigator', {});
  Reflect.deleteProperty(globalThis, 'Notification');
  const made = await scene();
  const call = await made.call();
  call.hangUp();
  system.show('hidden');
  await ring(made);
  await settle();
  expect(made.phone.calls).toHaveLength(1);
});
