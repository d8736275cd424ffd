import { describe, expect, test } from 'vitest';
import { KitError } from '../../src/bytes/index.ts';
import { currentSignal, Evaluator, Incomplete, lineOf } from '../../src/repl/index.ts';
import { canStripTypes } from '../../src/repl/typescript.ts';

const run = (evaluator: Evaluator, code: string): Promise<unknown> => evaluator.run(code, { file: 'prompt' });

async function session(...inputs: string[]): Promise<unknown> {
  const evaluator = new Evaluator();
  let value: unknown;
  for (const input of inputs) value = await run(evaluator, input);
  return value;
}

describe('values', () => {
  test.each<[string, string[], unknown]>([
    ['an expression', ['1 + 1'], 2],
    ['await at top level', ['await Promise.resolve(5)'], 5],
    ['a promise is waited for without await', ['Promise.resolve(6)'], 6],
    ['const again and again', ['const x = 1', 'const x = await Promise.resolve(2)', 'x'], 2],
    ['let and var', ['let a = 1; var b = 2', 'a + b'], 3],
    [
      'destructuring with defaults',
      ['const {a, b: [c = 7, ...d], ...e} = {a: 1, b: [undefined, 2], f: 3}', '[a, c, d, e]'],
      [1, 7, [2], { f: 3 }],
    ],
    [
      'functions call what a later line defines',
      ['function f() { return g() }', 'function g() { return 9 }', 'f()'],
      9,
    ],
    [
      'functions see their newest definition',
      ['function f() { return g() }; function g() { return 1 }', 'function g() { return 2 }', 'f()'],
      2,
    ],
    ['a function used before its declaration', ['let r = h(); function h() { return 4 }', 'r'], 4],
    ['brackets that matter', ['const s = (1, 2), t = (3)', '(s + t)'], 5],
    ['classes', ['class A { static x = 3 }', 'new A() instanceof A && A.x'], 3],
    ['a loop variable of var stays', ['for (var i = 0; i < 3; i++) {}', 'i'], 3],
    ['a loop variable of let does not', ['for (let j = 0; j < 3; j++) {}', 'typeof j'], 'undefined'],
    ['an object, not a block', ['{a: 1}'], { a: 1 }],
    ['a block with a semicolon is a block', ['{ var q = 1; }', 'q'], 1],
    [
      'imports',
      ['import { basename as b, default as p } from "node:path"', 'b("/x/y") + (p.basename === b)'],
      'ytrue',
    ],
    ['a namespace import', ['import * as path from "node:path"', 'path.basename("/x/z")'], 'z'],
    ['dynamic import', ['(await import("node:path")).sep'], '/'],
    ['statements on one line, the last counts', ['1; 2; 3'], 3],
    ['a declaration has no value', ['const z = 1'], undefined],
    ['an assignment keeps a promise', ['p = Promise.resolve(1); p instanceof Promise'], true],
    ['comments at the end', ['1 // one'], 1],
    ['_ is the last value', ['41', '_ + 1'], 42],
    ["_ can be the user's own", ['const _ = 5', '7', '_'], 5],
    ['objects are of this realm', ['new Date() instanceof Date && [] instanceof Array'], true],
    ['nothing at all', ['  \n'], undefined],
  ])('%s', async (_name, inputs, expected) => {
    expect(await session(...inputs)).toEqual(expected);
  });

  test('a failed const can be typed again', async () => {
    const evaluator = new Evaluator();
    await expect(run(evaluator, 'const x = nothing.there')).rejects.toThrow('nothing is not defined');
    await run(evaluator, 'const x = 3');
    expect(await run(evaluator, 'x')).toBe(3);
    expect(await run(evaluator, '_error.name')).toBe('ReferenceError');
  });

  test('two evaluators do not see each other, nor the global object', async () => {
    const [a, b] = [new Evaluator(), new Evaluator()];
    await run(a, 'const secret = 1');
    expect(await run(b, 'typeof secret')).toBe('undefined');
    await run(a, 'undeclared = 1');
    expect(await run(a, 'undeclared')).toBe(1);
    expect('secret' in globalThis || 'undeclared' in globalThis).toBe(false);
  });
});

describe('TypeScript', () => {
  test.skipIf(!canStripTypes).each([
    ['annotations', 'const n: number = 5; (n as number) + 1', 6],
    [
      'interfaces and generics',
      'interface P { x: number }\nconst f = <T>(v: T): T => v; f<P>({ x: 2 }).x',
      2,
    ],
  ])(`%s${canStripTypes ? '' : ' (this Node cannot strip types)'}`, async (_name, code, expected) => {
    expect(await session(code)).toBe(expected);
  });

  test.runIf(canStripTypes)('what cannot be erased says so', async () => {
    await expect(session('enum A { B }')).rejects.toThrow('enum is not supported');
  });
});

describe('incomplete input asks for more, wrong input does not', () => {
  const evaluator = new Evaluator();
  test.each([
    'function f() {',
    'await time(',
    '[1,',
    '`abc',
    '/* abc',
    'if (x) {',
    '{a: 1,',
    '{a: 1, b:',
    'x =>',
    '"abc\\',
    'class A {',
    'foo(`${',
    ...(canStripTypes
      ? ['interface X {', 'const f = (x: number) => {', 'f(1 as number,', 'let s: string = `abc']
      : []),
  ])('%s', (code) => {
    expect(() => evaluator.parse(`${code}\n`, 'prompt')).toThrow(Incomplete);
  });

  test.each(['1 +* 2', ')', 'const = 3', '"abc', 'let x = 09n', 'a b', 'return 1', '{a b}'])('%s', (code) => {
    expect(() => evaluator.parse(`${code}\n`, 'prompt')).toThrow(KitError);
  });

  test('a syntax error names file, line and column, and points', () => {
    expect(() => evaluator.parse('let a = 1\nlet b = = 2\n', 'lab.js')).toThrow(
      /^lab\.js:2:9: Unexpected token\nlet b = = 2\n {8}\^$/,
    );
  });
});

describe('errors', () => {
  test('the line of the statement is kept, and the stack names file and line', async () => {
    const evaluator = new Evaluator();
    const error = await run(evaluator, '1\n\nnull.x').catch((problem: unknown) => problem);
    expect(lineOf(error)).toBe(3);
    expect((error as Error).stack).toMatch(/prompt:3:\d+/);
  });

  test('statements before the failing one have happened', async () => {
    const evaluator = new Evaluator();
    await run(evaluator, 'a = 1; throw new Error("x"); a = 2').catch(() => undefined);
    expect(await run(evaluator, 'a')).toBe(1);
  });
});

describe('interruption', () => {
  test('an abort ends the wait and reaches the work through the signal, behind an await too', async () => {
    const seen: (AbortSignal | undefined)[] = [];
    const controller = new AbortController();
    const evaluator = new Evaluator();
    evaluator.scope['work'] = () => {
      seen.push(currentSignal());
      return new Promise(() => controller.abort());
    };
    const pending = evaluator.run('await 1; await work(); a = 1', {
      file: 'prompt',
      signal: controller.signal,
    });
    await expect(pending).rejects.toMatchObject({ code: 'interrupted' });
    expect(seen).toEqual([controller.signal]);
    expect(seen[0]?.aborted).toBe(true);
    expect(await run(evaluator, 'typeof a')).toBe('undefined');
  });
});
