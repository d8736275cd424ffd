import { text } from '../../src/check/index.ts';
import { type Run, startNginx, startPhpFpm } from '../../src/lab/index.ts';

export const HOST = 'machine';

/** Requests in their order, and which of nginx's two ways to php-fpm they take. */
export const REQUESTS = [
  { id: 'closed', way: 'closed' },
  { id: 'kept-1', way: 'kept' },
  { id: 'kept-2', way: 'kept' },
] as const;
export type RequestId = (typeof REQUESTS)[number]['id'];
export const WAYS = ['closed', 'kept'] as const;
export type Way = (typeof WAYS)[number];

const STEP = text('a web server asks php-fpm', 'Web 服务器请求 php-fpm');

/** Writes as many lines to its log as it is asked for, and answers with one. */
const SCRIPT = `<?php
for ($n = 1; $n <= (int) $_GET['lines']; $n++) error_log("line $n for {$_GET['who']}");
header('Content-Type: text/plain');
echo "hello {$_GET['who']}, {$_GET['lines']} lines are in the log\\n";
`;

/** nginx's `http` block: one way asks php-fpm on a connection for each request, the other keeps one. */
function httpBlock(address: string, port: number, source: string | undefined): string {
  return `upstream kept { server ${address}:${port + 1}; keepalive 1; }
server {
  listen ${address}:${port};
  ${source === undefined ? '' : `fastcgi_bind ${source};`}
  fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
  fastcgi_param QUERY_STRING $query_string;
  fastcgi_param REQUEST_METHOD $request_method;
  location /closed/ {
    rewrite ^/closed(/.*)$ $1 break;
    fastcgi_pass ${address}:${port + 1};
  }
  location /kept/ {
    rewrite ^/kept(/.*)$ $1 break;
    fastcgi_keep_conn on;
    fastcgi_pass kept;
  }
}
`;
}

export async function scenario(run: Run): Promise<void> {
  const { port, clientName: who } = run.variant;
  const address = run.loopback(HOST);
  const source = run.sourceAddress(HOST);
  const from = source === undefined ? [] : ['--interface', source];
  const lines = run.number('lines');
  const host = run.world.host(HOST);
  run.progress(STEP, 0, REQUESTS.length);
  const php = await startPhpFpm(run, HOST, address, port + 1);
  const nginx = await startNginx(run, HOST, {
    ...{ http: httpBlock(address, port, source), ports: [port] },
    files: { 'log.php': SCRIPT },
  });
  run.snapshot('listening');
  /** nginx's end of its connections to php-fpm, those in TIME_WAIT included. */
  const ports = (): number[] => [
    ...new Set(
      host
        .readSockets()
        .filter(({ remotePort }) => remotePort !== 0)
        .flatMap(({ localPort, remotePort }) =>
          remotePort === port + 1 ? [localPort] : localPort === port + 1 ? [remotePort] : [],
        ),
    ),
  ];
  // On loopback an earlier run may have left some in TIME_WAIT.
  const known = new Set(ports());
  let last = 0;
  for (const [index, { id, way }] of REQUESTS.entries()) {
    await run.phase(id, { way, lines, who }, async (facts) => {
      const url = `http://${address}:${port}/${way}/log.php?who=${who}&lines=${lines}`;
      facts['url'] = url;
      const command = ['curl', '-q', '-sS', '--noproxy', '*', ...from, url];
      const curl = run.startProgram(HOST, `curl-${id}`, command);
      facts['exitCode'] = (await curl.process.ended).code ?? -1;
      const fresh = ports().find((each) => !known.has(each));
      // A kept connection is used again: there is no new one.
      const fcgiPort = fresh ?? last;
      last = fcgiPort;
      known.add(fcgiPort);
      facts['clientPort'] = fcgiPort;
      if (way === 'closed') {
        const rows = (): string[] =>
          host
            .readSockets()
            .filter(({ localPort, remotePort }) => localPort === fcgiPort || remotePort === fcgiPort)
            .map(({ state }) => state);
        await run.until(
          'the connection is over',
          () => rows().length > 0 && rows().every((state) => state === 'TIME_WAIT'),
        );
      }
      run.snapshot(`${id} answered`);
    });
    run.progress(STEP, index + 1, REQUESTS.length);
  }
  await run.phase('end', {}, async () => {
    await nginx.stop();
    const kept = last;
    await run.untilSocket(
      HOST,
      'TIME_WAIT of the kept connection',
      ({ state, localPort, remotePort }) =>
        state === 'TIME_WAIT' && (localPort === kept || remotePort === kept),
    );
    run.snapshot('nginx has ended');
    await php.stop();
  });
}
