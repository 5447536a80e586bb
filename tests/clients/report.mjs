// What every JavaScript client of the tests has in common: it says in JSON lines what happens, and ends with its input.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Says that something happened. */
export function report(event, more = {}) {
  process.stdout.write(JSON.stringify({ event, ...more }) + '\n');
}

/** Loads one of the installed packages, wherever `make test` put them. */
export const load = createRequire(join(process.env.TEST_NODE_DIR, 'package.json'));

/** Calls back for every line of input, and ends the process after the last one. */
export async function follow(onCommand, onEnd = async () => {}) {
  for await (const line of createInterface({ input: process.stdin })) {
    await onCommand(JSON.parse(line));
  }
  await onEnd();
  process.exit(0);
}

process.on('uncaughtException', (error) => {
  report('failed', { reason: String(error?.stack ?? error) });
  process.exit(1);
});
