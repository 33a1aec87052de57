import { type Call, type CallEnd, type ClientCallState, createPhone } from '@earshot/client';
import { wordsOf } from '@earshot/client/words';

const button = document.querySelector<HTMLButtonElement>('#call');
const status = document.querySelector<HTMLElement>('#state');
if (button === null || status === null) throw new Error('not the page of this script');

const fetchToken = async (): Promise<string> => {
  const response = await fetch('/token');
  const { token } = (await response.json()) as { token: string };
  return token;
};

const gateway = document.documentElement.dataset.gateway ?? 'wss://calls.example.com/earshot';
const phone = createPhone({ url: gateway, token: fetchToken });
let call: Call | undefined;

function show(state: ClientCallState): void {
  if (status !== null) status.dataset.state = status.textContent = state;
  if (button !== null) button.textContent = state === 'ended' ? 'Call the echo' : 'Hang up';
}

function ended({ error }: CallEnd): void {
  call = undefined;
  if (error === undefined || status === null) return;
  // Words are a file of their own: pages that have other ones do without it.
  const { what, next } = wordsOf(error.code);
  status.textContent = `${what} ${next}`;
}

button.addEventListener('click', () => {
  if (call !== undefined) return call.hangUp();
  call = phone.call('echo');
  show(call.state);
  call.on('state', show);
  call.on('ended', ended);
});
