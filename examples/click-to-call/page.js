// The whole of it: a button, and what a person reads meanwhile. `Earshot` and `EarshotWords` come by script tags.
const callButton = document.querySelector('#call');
const hangUpButton = document.querySelector('#hangup');
const status = document.querySelector('#status');

const token = async () => (await (await fetch('/token')).json()).token;
const say = (text) => {
  status.textContent = text;
};

callButton.addEventListener('click', () => {
  const call = Earshot.createCall({ url: 'wss://calls.example.com/earshot', token, to: 'echo' });
  const show = (state) => {
    say(state);
    status.dataset.state = state;
    callButton.hidden = state !== 'ended';
    hangUpButton.hidden = state === 'ended';
  };
  show(call.state);
  call.on('state', show);
  // Survived: an unanswered question for the microphone, sound that waits for a click.
  call.on('error', (error) => say(EarshotWords.wordsOf(error.code).what));
  call.on('ended', ({ error }) => {
    if (error === undefined) return;
    const { what, next } = EarshotWords.wordsOf(error.code);
    say(`${what} ${next}`);
    status.dataset.code = error.code;
  });
  hangUpButton.onclick = () => call.hangUp();
});
