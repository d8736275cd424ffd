/** Completion for shells, made from the program's own options. */
import { KitError, text } from '../bytes/index.ts';

/** What a completion script needs to know of a program; commander's `Command` is one. */
export interface Described {
  name(): string;
  readonly options: readonly {
    readonly long?: string | undefined;
    readonly short?: string | undefined;
    readonly description: string;
  }[];
}

export function completionScript(shell: string, program: Described): string {
  const name = program.name();
  const options = program.options.flatMap(({ long, description }) =>
    long === undefined ? [] : [{ long, description }],
  );
  const words = options.map(({ long }) => long).join(' ');
  const protocols = 'clp struct264';
  switch (shell) {
    case 'bash':
      return `_${identifier(name)}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    --protocol) COMPREPLY=($(compgen -W '${protocols}' -- "$word") $(compgen -f -X '!*.y*ml' -- "$word")) ;;
    -e|--eval|--name|--student|--timeout) COMPREPLY=() ;;
    *) case "$word" in
      -*) COMPREPLY=($(compgen -W '${words}' -- "$word")) ;;
      *) COMPREPLY=($(compgen -A hostname -- "$word") $(compgen -f -X '!*.[jt]s' -- "$word")) ;;
    esac ;;
  esac
}
complete -o filenames -F _${identifier(name)} ${name}
`;
    case 'zsh':
      return `#compdef ${name}
_arguments \\
${options.map(({ long, description }) => `  '${long}[${zshText(description)}]${valueOf(long, protocols)}' \\`).join('\n')}
  '*:host or script:_alternative "hosts:host:_hosts" "files:script:_files -g \\"*.(js|mjs|ts)\\""'
`;
    case 'fish':
      return `${options
        .map(({ long, description }) => {
          const takes = valueOf(long, protocols) === '' ? '' : ' -x';
          return `complete -c ${name} -l ${long.slice(2)}${takes} -d '${description.replaceAll("'", "\\'")}'`;
        })
        .join('\n')}
complete -c ${name} -l protocol -x -a '${protocols}'
complete -c ${name} -a '(__fish_print_hostnames)'
`;
    default:
      throw new KitError('usage', text(`there is no completion for "${shell}"`, `没有 ${shell} 的补全脚本`), {
        fault: 'usage',
        hint: text(
          'chat-repl completion bash, zsh or fish.',
          'chat-repl completion 后面写 bash、zsh 或 fish。',
        ),
      });
  }
}

const identifier = (name: string): string => name.replaceAll('-', '_');
const zshText = (text: string): string =>
  text.replace(/[[\]:']/g, (found) => (found === "'" ? "'\\''" : `\\${found}`));

function valueOf(long: string, protocols: string): string {
  switch (long) {
    case '--protocol':
      return `:protocol:(${protocols})`;
    case '--eval':
    case '--name':
    case '--student':
    case '--timeout':
      return ':value: ';
    default:
      return '';
  }
}
