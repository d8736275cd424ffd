/**
 * What a beginner most likely meant: told from the statement, and from what its names hold before it runs. Nothing is
 * run for it, and a guess never changes what happens.
 */
import { types } from 'node:util';
import type { Node } from 'acorn';
import { alike, text, type Text } from '../bytes/index.ts';
import { commandFor } from './commands/help.ts';
import type { Scope } from './evaluator.ts';
import { childrenOf } from './rewrite.ts';

type Named = Node & { readonly name: string };

/** A promise that is used as if it were what it promises: `list().length` is undefined, and says so to nobody. */
export function forgottenAwait(statement: Node, source: string, scope: Scope): Text | undefined {
  const found = promiseInUse(statement, scope, true);
  if (found === undefined) return undefined;
  const code = (node: Node): string => source.slice(node.start, node.end);
  const { promise, user } = found;
  const write =
    user.type === 'MemberExpression'
      ? `(await ${code(promise)})${source.slice((user as Node & { object: Node }).object.end, user.end)}`
      : `await ${code(promise)}`;
  return text(
    `${code(promise)} is a promise: its value comes later. Write ${write}`,
    `${code(promise)} 是一个 Promise，值稍后才到。请写 ${write}`,
  );
}

function promiseInUse(node: Node, scope: Scope, outside: boolean): { promise: Node; user: Node } | undefined {
  // Inside a function a name may be a parameter's.
  const here = outside && !/Function/.test(node.type);
  const promise = operandsOf(node)
    .map(withoutParentheses)
    .find((operand) => givesPromise(operand, scope, here));
  if (promise !== undefined) return { promise, user: node };
  for (const child of childrenOf(node)) {
    const below = promiseInUse(child, scope, here);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** What a promise itself can do. */
const OWN = new Set(['then', 'catch', 'finally']);

/** The parts of an expression of which it takes the value apart, so that a promise is of no use there. */
function operandsOf(node: Node): Node[] {
  const one = node as Node &
    Record<'object' | 'property' | 'id' | 'init' | 'right' | 'argument', Node | null> & {
      expressions: Node[];
    };
  switch (node.type) {
    case 'MemberExpression':
      return one.object === null || OWN.has((one.property as Named | null)?.name ?? '') ? [] : [one.object];
    case 'VariableDeclarator':
      return one.init !== null && /Pattern$/.test(one.id?.type ?? '') ? [one.init] : [];
    case 'ForOfStatement':
      return one.right === null ? [] : [one.right];
    case 'SpreadElement':
      return one.argument === null ? [] : [one.argument];
    case 'TemplateLiteral':
      return one.expressions;
    default:
      return [];
  }
}

function withoutParentheses(node: Node): Node {
  return node.type === 'ParenthesizedExpression'
    ? withoutParentheses((node as Node & { expression: Node }).expression)
    : node;
}

function givesPromise(node: Node, scope: Scope, names: boolean): boolean {
  if (node.type === 'Identifier') return names && types.isPromise(scope[(node as Named).name]);
  if (node.type !== 'CallExpression') return false;
  const { callee } = node as Node & { callee: Node };
  if (callee.type !== 'Identifier') return false;
  const command = commandFor(scope[(callee as Named).name]);
  return command !== undefined && types.isAsyncFunction(command.run);
}

/** What shells and other prompts end with. */
const LEAVING = new Set(['exit', 'quit', 'bye', 'logout', 'q']);

/** For a ReferenceError: the name that nobody has, and the one that was meant. */
export function unknownName(statement: Node, scope: Scope): Text | undefined {
  const name = referenced(statement).find((one) => !(one in scope) && !(one in globalThis));
  if (name === undefined) return undefined;
  if (LEAVING.has(name))
    return text('At the prompt .exit leaves, and so does Ctrl-D.', '在提示符下用 .exit 或 Ctrl-D 退出。');
  const like = alike(name, Object.keys(scope));
  return like === undefined ? undefined : text(`Did you mean ${like}?`, `是不是 ${like}？`);
}

/** Names that are read, in the order of the text; keys and what stands behind a dot are none. */
function referenced(node: Node): string[] {
  if (node.type === 'Identifier') return [(node as Named).name];
  const { computed, key, property } = node as Node & { computed?: boolean; key?: Node; property?: Node };
  return childrenOf(node)
    .filter((child) => computed === true || (child !== key && child !== property))
    .flatMap(referenced);
}
