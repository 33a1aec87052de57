import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../../harness/peers.js';
import { freePort, startProgram, temporaryFolder } from '../../harness/process.js';

export interface Refusing {
  /** Whom to call. */
  readonly uri: string;
  /** Whether SIPp says that the scenario went as it is written, and what else it says. */
  outcome(): Promise<{ readonly ok: boolean; readonly output: string }>;
  stop(): Promise<void>;
}

const TIMEOUT_SECONDS = 15;

/** Refuses one call, as SIPp plays it: INVITE, 100, the refusal, ACK. */
const scenario = (status: number, phrase: string): string => `<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="refuses">
  <recv request="INVITE" />
  <send><![CDATA[

      SIP/2.0 100 Trying
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

  ]]></send>
  <pause milliseconds="100" />
  <send retrans="500"><![CDATA[

      SIP/2.0 ${status} ${phrase}
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]SIPp[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

  ]]></send>
  <recv request="ACK" />
</scenario>
`;

/** Starts SIPp with a scenario that refuses one call with `status`. */
export async function startRefusing(status: number, phrase: string): Promise<Refusing> {
  const folder = temporaryFolder('sipp');
  const file = join(folder.path, 'scenario.xml');
  writeFileSync(file, scenario(status, phrase));
  const port = await freePort();
  const args = ['-sf', file, '-i', '127.0.0.1', '-p', String(port), '-m', '1', '-nostdin', '-timeout_error'];
  const program = startProgram(programPath('sipp'), [...args, '-timeout', String(TIMEOUT_SECONDS)], {
    cwd: folder.path,
  });
  const gone = new Promise<number>((resolve) => program.child.once('close', (code) => resolve(code ?? 1)));
  return {
    uri: `sip:somebody@127.0.0.1:${port}`,
    outcome: async () => ({ ok: (await gone) === 0, output: program.output() }),
    async stop() {
      await program.stop();
      folder.remove();
    },
  };
}
