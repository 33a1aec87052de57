// Browser, microphone, gateway, relays by each transport, and a call to the echo that says how it sounds.
import { preflight } from 'https://calls.example.com/sdk/earshot-preflight.js';
import { wordsOf } from 'https://calls.example.com/sdk/earshot-words.js';

const $ = (id) => document.getElementById(id);
const token = async () => (await (await fetch('/token')).json()).token;

$('start').addEventListener('click', async () => {
  $('start').hidden = true;
  $('cancel').hidden = false;
  $('steps').replaceChildren();
  const run = preflight({ url: 'wss://calls.example.com/earshot', token });
  $('cancel').onclick = () => run.cancel();
  const lines = new Map();
  for await (const { step, where, state, problems } of run) {
    const key = `${step} ${where ?? ''}`;
    const line = lines.get(key) ?? document.createElement('li');
    lines.set(key, line);
    line.textContent = [key, state, ...problems.map(({ code }) => wordsOf(code).what)].join(' – ');
    $('steps').append(line);
  }
  const summary = await run.summary;
  $('summary').textContent = summary.ok ? `Calls work: ${summary.score} of 100.` : 'Calls will not work from here.';
  // For whoever writes to support.
  $('summary').dataset.result = JSON.stringify(summary);
  $('start').hidden = false;
  $('cancel').hidden = true;
});
