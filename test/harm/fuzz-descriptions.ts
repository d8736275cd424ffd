/**
 * Descriptions from strangers: those that come with the kit, with lines cut, repeated, moved and spoilt, and some made to
 * cost time and memory. Each becomes a protocol or is refused with a KitError that says where; nothing else. What that
 * takes is bounded by the length of the text, and so is what is said about it.
 */
import { KitError } from '../../src/bytes/index.ts';
import { compileProtocol, findingsOf, readDescription, shippedProtocols } from '../../src/wire/index.ts';
import { bombs } from './description-bombs.ts';
import type { Allowances } from './effort.ts';
import { fuzzInputs, type InputFigures, type InputPlan } from './fuzz-inputs.ts';
import type { Chance } from './random.ts';

/** What YAML, numbers and regular expressions are known to choke on. */
const SPOILT = [
  ...[
    '[',
    '{',
    '- - - -',
    '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
    '&a [*a, *a]',
    '*a',
    '!!js/function x',
    '<<: *a',
  ],
  ...[
    '-1',
    '0',
    '1',
    '255',
    '65536',
    '4294967296',
    '9007199254740993',
    '1e309',
    '.nan',
    '.inf',
    '0x7fffffff',
  ],
  ...[
    '~',
    'true',
    '""',
    '"\\u0000"',
    '__proto__',
    'constructor',
    'u8',
    'text',
    'repeat',
    'bytes',
    '2024-01-01',
  ],
  `"${'a'.repeat(50_000)}"`,
  `"${'(a+)+'.repeat(40)}!"`,
];
const MOST_HARMS = 3;

/** Compiling takes some megabytes for any description: JavaScript is made of it, and run on its examples. */
const ALLOWED: Allowances = {
  allocatedBytes: { base: 64 * 1024 ** 2, perByte: 4_096 },
  cpuUs: { base: 2_000_000, perByte: 200 },
};
/** A page of a terminal or two; what is said of one fault may quote a line. */
const LONGEST_ERROR = 16_384;

export interface DescriptionFigures extends InputFigures {
  readonly accepted: number;
  readonly refused: number;
  readonly longestError: number;
}

/** Throws when something does not hold, with the seed that shows it again. */
export function fuzzDescriptions(count: number, seed: number): DescriptionFigures {
  const texts = shippedProtocols().map((name) => readDescription(name).text);
  const figures = { accepted: 0, refused: 0, longestError: 0 };
  const plan: InputPlan<string> = {
    kind: 'description',
    named: bombs(texts),
    byChance: (chance) => harmed(chance.of(texts), chance),
    lengthOf: ({ length }) => length,
    allowed: ALLOWED,
    judge: (text) => {
      const error = refusalOf(text);
      if (error === undefined) figures.accepted++;
      else figures.refused++;
      const { length } = error?.message ?? '';
      figures.longestError = Math.max(figures.longestError, length);
      if (length > LONGEST_ERROR) throw new Error(`an error of ${length} characters`, { cause: error });
    },
  };
  return { ...fuzzInputs(plan, count, seed), ...figures };
}

function refusalOf(text: string): KitError | undefined {
  try {
    findingsOf(compileProtocol(text, 'hostile.yaml').description);
    return undefined;
  } catch (error) {
    if (error instanceof KitError && error.fault === 'usage' && error.message.includes('hostile.yaml'))
      return error;
    throw error;
  }
}

function harmed(text: string, chance: Chance): string {
  const lines = text.split('\n');
  for (let harms = chance.below(MOST_HARMS) + 1; harms > 0; harms--) {
    const at = chance.below(lines.length);
    const line = lines[at] ?? '';
    switch (chance.below(5)) {
      case 0:
        lines.splice(at, 1 + chance.below(3));
        break;
      case 1:
        lines.splice(at, 0, ...lines.slice(at, at + 1 + chance.below(8)));
        break;
      case 2:
        lines.splice(chance.below(lines.length), 0, line);
        break;
      case 3:
        lines[at] = line.replace(/[^:\s-][^:]*$/, () => chance.of(SPOILT));
        break;
      default:
        lines[at] = `${' '.repeat(chance.below(12))}${line.trim()}`;
    }
  }
  return lines.join('\n');
}
