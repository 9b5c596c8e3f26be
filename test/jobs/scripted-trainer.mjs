/**
 * A training process that does what the setting STEPS says, one step after the other: to send a message, to write to
 * stdout or stderr, to show its order or its flags, to wait for a message, to exit, or to end itself by a signal.
 */
const messages = [];
let wake = () => {};
process.on('message', (message) => {
  messages.push(message);
  wake();
});

async function nextMessage() {
  while (messages.length === 0) await new Promise((resolve) => (wake = resolve));
  return messages.shift();
}

const acts = {
  send: (message) => new Promise((resolve) => process.send(message, resolve)),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  showOrder: () => process.stdout.write(`${JSON.stringify(order)}\n`),
  showFlags: () => process.stdout.write(`${JSON.stringify(process.execArgv)}\n`),
  showNext: async () => process.stdout.write(`${JSON.stringify(await nextMessage())}\n`),
  exit: (code) => process.exit(code),
  signal: (name) => process.kill(process.pid, name),
};

const order = await nextMessage();
for (const [act, argument] of JSON.parse(order.settings.STEPS)) await acts[act](argument);
