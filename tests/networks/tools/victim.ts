import { startNamespace } from '../namespace.js';

/** Holds a namespace with a program in it, writes the process ids of both, and waits to be killed. */
const namespace = await startNamespace('victim');
const program = namespace.start('sleep', ['600']);
console.log(JSON.stringify([namespace.pid, program.child.pid]));
