// An agent's page: available, being called, devices, quality.
import { createPhone } from 'https://calls.example.com/sdk/earshot.js';
import { wordsOf } from 'https://calls.example.com/sdk/earshot-words.js';

const $ = (id) => document.getElementById(id);
const name = new URLSearchParams(location.search).get('name') ?? 'anna';
const phone = createPhone({
  url: 'wss://calls.example.com/earshot',
  // Asked for before every connection: it may be short-lived.
  token: async () => (await (await fetch(`/agent-token?name=${name}`)).json()).token,
});

phone.on('state', (state, error) => {
  $('session').textContent = error === undefined ? state : `${state}: ${wordsOf(error.code).what}`;
  $('session').dataset.state = state;
});

$('available').addEventListener('change', ({ target }) => {
  phone.available = target.checked;
  // Inside a gesture; the SDK never asks by itself.
  if (target.checked) void phone.askForNotifications();
});

/** One call at a time: whoever calls meanwhile hears that this one is busy. */
let current;

phone.onIncoming((call) => {
  if (current !== call) {
    call.reject('busy');
    return;
  }
  $('caller').textContent = call.remote.displayName ?? call.remote.uri;
  $('accept').onclick = () => call.accept();
  $('decline').onclick = () => call.reject();
});

// Every call, before it is `incoming`; also one that the page before this one had, which is taken up again.
phone.on('call', (call) => {
  current ??= call;
  if (current !== call) return;
  const show = () => {
    const isRinging = call.direction === 'incoming' && call.state === 'ringing';
    const isOver = call.state === 'ended';
    $('incoming').hidden = !isRinging;
    $('active').hidden = isRinging || isOver;
    $('state').textContent = call.state;
    $('state').dataset.state = call.state;
    if (isOver) current = undefined;
  };
  show();
  call.on('state', show);
  call.on('quality', ({ level }) => {
    $('quality').textContent = level;
  });
  call.on('mute', (muted) => $('mute').setAttribute('aria-pressed', String(muted)));
  $('mute').onclick = () => (call.muted ? call.unmute() : call.mute());
  $('hangup').onclick = () => call.hangUp();
});

function list(select, devices, chosen) {
  const options = devices.map(({ id, label }) => new Option(label, id, false, id === chosen));
  select.replaceChildren(new Option('Choice of the system', ''), ...options);
  select.value = chosen;
}

const { devices } = phone;
devices.on('change', () => {
  list($('microphone'), devices.microphones, devices.inUse('microphone'));
  list($('speaker'), devices.speakers, devices.inUse('speaker'));
});
void devices.refresh();
$('microphone').addEventListener('change', ({ target }) => {
  devices.useMicrophone(target.value).catch((error) => {
    $('session').textContent = wordsOf(error.code).what;
  });
});
$('speaker').addEventListener('change', ({ target }) => devices.useSpeaker(target.value));
