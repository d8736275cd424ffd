/**
 * The original lab's menu of seven, on top of the same commands.
 *
 * It asks through `ask`, so that it works at a terminal (where messages come in above the question) and from a pipe.
 */
import { KitError, same, type Text, text } from '../bytes/index.ts';
import type { Command } from './command.ts';
import { connect, disconnect } from './commands/connection.ts';
import { list, name, send, time } from './commands/requests.ts';
import type { CallOptions, Session } from './session.ts';

export interface MenuIo {
  /** The answer, or undefined when there will be none (end of input, Ctrl-C). */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly show: (value: unknown) => void;
  readonly problem: (error: unknown) => void;
  readonly say: (words: Text) => void;
}

const ENTRIES: readonly Command[] = [connect, disconnect, time, name, list, send];
const EXIT = ENTRIES.length + 1;

export const MENU_TEXT = [...ENTRIES.map(({ name: word }) => word), 'exit']
  .map((word, index) => `${index + 1} ${word}`)
  .join('   ');

/** Runs until `exit` is chosen, or an empty answer, or the end of the input. */
export async function runMenu(session: Session, io: MenuIo, call: CallOptions): Promise<'exit' | 'back'> {
  io.say(same(MENU_TEXT));
  for (;;) {
    const answer = await io.ask('choice (1-7)> ');
    if (answer === undefined || answer.trim() === '') return 'back';
    // `3 100`: the same request a hundred times, one of the lab's exercises.
    const [number = '', times = '1'] = answer.trim().split(/\s+/);
    if (Number(number) === EXIT) return 'exit';
    const command = ENTRIES[Number(number) - 1];
    const count = Number(times);
    if (!command || !Number.isInteger(count) || count < 1 || count > 10_000) {
      io.say(
        text(
          `1 to ${EXIT}, or for example "3 100" for a hundred time requests; nothing goes back`,
          `请选 1 到 ${EXIT}，或例如“3 100”发送一百个 time 请求；直接回车则返回`,
        ),
      );
      io.say(same(MENU_TEXT));
      continue;
    }
    try {
      const args = await ask(command, session, io);
      if (args === undefined) return 'back';
      for (let done = 0; done < count; done++) io.show(await command.run(session, args, call));
    } catch (error) {
      io.problem(inMenuWords(error));
    }
  }
}

/** The command's hint is for the prompt. */
function inMenuWords(error: unknown): unknown {
  if (!(error instanceof KitError && error.code === 'not-connected')) return error;
  const { code, words, fault } = error;
  const hint = text('Choose 1 to connect.', '选 1 进行连接。');
  return new KitError(code, words.message, { fault, hint, cause: error });
}

async function ask(command: Command, session: Session, io: MenuIo): Promise<unknown[] | undefined> {
  if (command === connect) {
    const { host, port } = session.target;
    const address = await io.ask(`address [${host}]> `);
    if (address === undefined) return undefined;
    const where = await io.ask(`port [${port}]> `);
    if (where === undefined) return undefined;
    return [address.trim() || host, where.trim() || port];
  }
  if (command === send) {
    const to = await io.ask('client number> ');
    if (to === undefined) return undefined;
    const text = await io.ask('text> ');
    return text === undefined ? undefined : [to.trim(), text];
  }
  return [];
}
