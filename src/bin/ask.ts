import { createInterface, type Interface } from 'node:readline';
import { KitError, text } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { loadLab } from '../lab/index.ts';

/** Lines of the terminal one by one; what was typed ahead of a question is its answer. */
class Lines {
  readonly #terminal: Interface;
  readonly #lines: string[] = [];
  #over = false;
  #wake: () => void = () => undefined;

  constructor(terminal: Interface) {
    this.#terminal = terminal;
    terminal.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    const end = (): void => {
      this.#over = true;
      this.#wake();
    };
    terminal.once('SIGINT', end).once('close', end);
  }

  async next(prompt: string): Promise<string> {
    this.#terminal.setPrompt(prompt);
    this.#terminal.prompt();
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#over)
        throw new KitError('interrupted', text('interrupted before a lab began', '在实验开始之前被中断'), {
          fault: 'usage',
        });
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

type Answers = Readonly<Record<string, string>>;

/**
 * Asks on the terminal what the student expects of each lab, before any begins. An empty answer leaves a question out.
 *
 * @throws KitError `no-terminal` (usage) where nobody can be asked, `interrupted` on Ctrl-C or the end of the input.
 */
export async function askPredictions(
  labs: readonly string[],
  language: Language,
): Promise<Map<string, Answers>> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new KitError(
      'no-terminal',
      text('--ask asks questions, and there is no terminal to ask on', '--ask 要提问，而这里没有终端'),
      {
        fault: 'usage',
        hint: text(
          'Run it in a terminal, without a pipe or a redirection, or leave --ask out.',
          '请在终端中运行，不要用管道或重定向，或去掉 --ask。',
        ),
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answersGiven = new Lines(terminal);
  const zh = language === 'zh';
  const given = new Map<string, Answers>();
  try {
    for (const lab of labs) {
      const { file } = await loadLab(lab);
      const answers: Record<string, string> = {};
      for (const { id, question, options } of file.predictions ?? []) {
        process.stderr.write(`\n${file.title[language]}\n${question[language]}\n`);
        for (const [at, option] of options.entries())
          process.stderr.write(`  ${at + 1}  ${option.text[language]}\n`);
        const prompt = zh
          ? `你的预测（1–${options.length}，回车跳过）：`
          : `Your prediction (1–${options.length}, Enter to leave it out): `;
        for (;;) {
          const answer = (await answersGiven.next(prompt)).trim();
          if (answer === '') break;
          const chosen = /^\d+$/.test(answer) ? options[Number(answer) - 1] : undefined;
          if (chosen === undefined) continue;
          answers[id] = chosen.id;
          break;
        }
      }
      given.set(lab, answers);
    }
    return given;
  } finally {
    terminal.close();
  }
}
