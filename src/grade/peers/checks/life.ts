/** How the server begins and ends. */
import { same, text } from '../../../check/index.ts';
import { Failure } from '../failure.ts';
import type { Rig } from '../rig.ts';
import type { ServerCheck } from './check.ts';

/** By then the rig has seen it listen: starting is what each check's server does first. */
async function starts(rig: Rig): Promise<void> {
  rig.step('client A connects', '客户端 A 连接');
  await rig.connect('A');
}

async function sigterm(rig: Rig): Promise<void> {
  rig.step(
    'clients A and B are connected; the server gets SIGTERM',
    '客户端 A、B 在线；向服务器发送 SIGTERM',
  );
  const peers = [await rig.connect('A'), await rig.connect('B')];
  for (const peer of peers) await rig.hears(peer);
  rig.server.signal('SIGTERM', [rig.server.listener()]);
  // A client that hears of the end closes too; some servers wait for that.
  const ended = await rig.until(() => {
    for (const peer of peers) if (peer.endedBy !== undefined) peer.finish();
    return rig.server.end !== undefined;
  });
  if (!ended)
    throw new Failure(
      text('the process ends', '进程结束'),
      text('it goes on', '进程仍在运行'),
      { is: 'did-not-end' },
      peers[0],
    );
  rig.step('both clients see the end of their connections', '两个客户端都看到连接结束');
  for (const peer of peers) await rig.until(() => peer.endedBy !== undefined);
  const deaf = peers.find((peer) => peer.endedBy === undefined);
  if (deaf !== undefined)
    throw new Failure(same('FIN'), text('nothing came', '没有收到任何东西'), { is: 'did-not-close' }, deaf);
}

async function restart(rig: Rig): Promise<void> {
  rig.step(
    'client A is connected; the server is ended, so that its side closes first',
    '客户端 A 在线；结束服务器，使其先关闭',
  );
  const a = await rig.connect('A');
  await rig.hears(a);
  const { server } = rig;
  server.signal('SIGKILL');
  await rig.until(() => server.end !== undefined && a.endedBy !== undefined);
  a.finish();
  rig.step(
    'A closes too: the server’s side is in TIME_WAIT (RFC 9293, section 3.6.1)',
    'A 也关闭：服务器一侧处于 TIME_WAIT（RFC 9293 第 3.6.1 节）',
  );
  rig.step('the server is started again on the same port', '在同一端口重新启动服务器');
  await rig.startAgain();
  await rig.hears(await rig.connect('B'));
}

export const LIFE: readonly ServerCheck[] = [
  {
    id: 'starts',
    title: text('listens on its port', '在端口上监听'),
    points: 3,
    dependsOn: [],
    lab: '01-connect',
    hint: text(
      'The port is the argument that stands for {port}, and PORT in the environment; bind to 0.0.0.0.',
      '端口由 {port} 处的参数和环境变量 PORT 给出；绑定到 0.0.0.0。',
    ),
    play: starts,
  },
  {
    id: 'sigterm',
    title: text('ends on SIGTERM', '收到 SIGTERM 后结束'),
    points: 3,
    dependsOn: ['two-clients'],
    lab: '08-teardown',
    hint: text(
      'A handler sets a flag; the loop, or a blocked accept, must notice.',
      '处理函数设置标志；循环或阻塞的 accept 必须能察觉。',
    ),
    play: sigterm,
  },
  {
    id: 'restart',
    title: text('can be started again at once on the same port', '可立即在同一端口重新启动'),
    points: 3,
    dependsOn: ['answers'],
    lab: '05-time-wait',
    hint: text('setsockopt(SO_REUSEADDR) before bind.', '在 bind 之前 setsockopt(SO_REUSEADDR)。'),
    play: restart,
  },
];
