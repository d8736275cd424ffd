/** What cells can use beside the REPL's commands: one table for help, completion and docs/NOTEBOOKS.md. */
export interface Helper {
  readonly name: string;
  readonly signature: string;
  readonly help: string;
  readonly example: string;
}

export const HELPERS: readonly Helper[] = [
  {
    name: 'display',
    signature: 'display(value)',
    help: 'show a value now, before the cell ends; a table for rows, a drawing where the value has one',
    example: 'display(await list())',
  },
  {
    name: 'html',
    signature: 'html(text)',
    help: 'a value that is shown as HTML',
    example: "display(html('<b>SYN</b>'))",
  },
  {
    name: 'svg',
    signature: 'svg(text)',
    help: 'a value that is shown as a drawing',
    example: 'svg(drawing)',
  },
  {
    name: 'markdown',
    signature: 'markdown(text)',
    help: 'a value that is shown as formatted text',
    example: "markdown('**SYN**')",
  },
  {
    name: 'clearOutput',
    signature: 'clearOutput({ wait })',
    help: 'take away what this cell has shown so far; with wait only when something new comes',
    example: 'clearOutput()',
  },
  {
    name: 'input',
    signature: 'input(prompt, { password })',
    help: 'ask the reader for a line of text',
    example: "const name = await input('Your name: ')",
  },
  {
    name: 'sleep',
    signature: 'sleep(ms)',
    help: 'wait so many milliseconds; can be interrupted',
    example: 'await sleep(500)',
  },
  {
    name: 'world',
    signature: 'world({ hosts, sysctls, offload, mtu })',
    help: 'build hosts with cables between them; they end with the notebook',
    example: "const w = await world({ hosts: ['server', 'client'] })",
  },
  {
    name: 'capture',
    signature: 'capture(async () => …)',
    help: 'record what passes on every host while the function runs; shown as a ladder and a table',
    example: 'const t = await capture(() => c.time())',
  },
  {
    name: 'sockets',
    signature: 'sockets(world)',
    help: "the TCP sockets of every host, in netstat's columns",
    example: 'sockets(w)',
  },
  {
    name: 'lang',
    signature: "lang('en' | 'zh')",
    help: 'the language of what the kit writes into the notebook',
    example: "lang('zh')",
  },
  {
    name: 'trace',
    signature: 'trace(file)',
    help: "a capture from a file (pcap, pcapng, or tcpdump's text): ladder, packets, findings",
    example: "trace(sampleCapture('http-keepalive.tcpdump-old.txt'))",
  },
  {
    name: 'sampleCapture',
    signature: 'sampleCapture(name)',
    help: 'where a capture that comes with the kit lies, whatever folder the notebook is in',
    example: "sampleCapture('netcat-any.tcpdump-XX-vv.txt')",
  },
  {
    name: 'protocol',
    signature: 'protocol(nameOrYaml)',
    help: 'a protocol from its name or its description: page, dissector, what is weak about it, bytes of a message',
    example: "protocol('struct264').findings",
  },
  {
    name: 'chatServer',
    signature: 'chatServer({ protocol })',
    help: 'a chat server in the kernel itself, on a free port; time(), list() and the others go to it',
    example: 'await chatServer(); await time()',
  },
  {
    name: 'exercise',
    signature: 'exercise(id, answer, evidence)',
    help: 'check an answer, and get a hint',
    example: "exercise('04-a', ports, [table, await sockets(w)])",
  },
];
