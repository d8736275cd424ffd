/**
 * One top-level statement, rewritten so that it can run by itself and leave its names behind.
 *
 * Each statement becomes the body of an async function inside `with (scope) { … }`: that gives `await`, and names that
 * live on in the session's scope. Declarations turn into assignments to that scope, which is why `const x = …` can be
 * typed again, and why a failed one does not leave `x` unusable. (A separate vm context would do the same, but then
 * `await time() instanceof Date` would be false: the kit's objects come from this realm.)
 */
import type { Node } from 'acorn';
import type { Statement } from './syntax.ts';

export interface Rewritten {
  /** JavaScript that is to stand where the statement stood. */
  readonly code: string;
  /** Names that the scope must have before it runs. */
  readonly names: readonly string[];
  /** `value`: an expression whose value people want to see. `quiet`: an assignment. `none`: no value at all. */
  readonly result: 'value' | 'quiet' | 'none';
}

export function rewrite(statement: Statement, source: string): Rewritten {
  const text = source.slice(statement.start, statement.end);
  const at = (node: { start: number; end: number }): string => source.slice(node.start, node.end);
  switch (statement.type) {
    case 'ExpressionStatement': {
      const { expression } = statement;
      // An assignment is not waited for: `p = time()` is how one keeps a promise.
      const quiet = expression.type === 'AssignmentExpression' || expression.type === 'UpdateExpression';
      const value = quiet ? `(${at(expression)}\n)` : `await (${at(expression)}\n)`;
      const names = expression.type === 'AssignmentExpression' ? boundNames(expression.left) : [];
      return { code: `return { value: ${value} };`, names, result: quiet ? 'quiet' : 'value' };
    }
    case 'VariableDeclaration': {
      const assignments = statement.declarations.map((one) => {
        if (one.init) return `(${at(one.id)} = ${at(one.init)}\n)`;
        // `var x;` keeps what x was, `let x;` does not.
        return statement.kind === 'var' ? 'void 0' : `(${at(one.id)} = undefined)`;
      });
      return { code: `${assignments.join(', ')};`, names: boundNames(statement), result: 'none' };
    }
    case 'FunctionDeclaration':
      return { code: `(${statement.id.name} = ${text});`, names: [statement.id.name], result: 'none' };
    case 'ClassDeclaration':
      return { code: `(${statement.id.name} = ${text});`, names: [statement.id.name], result: 'none' };
    case 'ImportDeclaration': {
      const from = `await import(${at(statement.source)})`;
      const whole = statement.specifiers.find((one) => one.type === 'ImportNamespaceSpecifier');
      if (whole)
        return { code: `(${whole.local.name} = ${from});`, names: [whole.local.name], result: 'none' };
      const parts = statement.specifiers.map((one) => {
        const imported = one.type === 'ImportSpecifier' ? at(one.imported) : 'default';
        return `${imported}: ${one.local.name}`;
      });
      const names = statement.specifiers.map((one) => one.local.name);
      return { code: `({ ${parts.join(', ')} } = ${from});`, names, result: 'none' };
    }
    default:
      // A nested `var` is the scope's: `with` makes its assignment go there once the name is there.
      return { code: text, names: nestedVars(statement), result: 'none' };
  }
}

/** The names that a pattern or a declaration binds. */
function boundNames(node: Node): string[] {
  switch (node.type) {
    case 'Identifier':
      return [(node as Node & { name: string }).name];
    case 'Property':
      return boundNames((node as Node & { value: Node }).value);
    case 'AssignmentPattern':
      return boundNames((node as Node & { left: Node }).left);
    case 'VariableDeclarator':
      return boundNames((node as Node & { id: Node }).id);
    case 'VariableDeclaration':
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'RestElement':
      return childrenOf(node).flatMap(boundNames);
    default:
      return [];
  }
}

/** Names of `var` declarations below `node` that belong to the function around it. */
function nestedVars(node: Node): string[] {
  if (/Function|Class/.test(node.type)) return [];
  const own =
    node.type === 'VariableDeclaration' && (node as Node & { kind: string }).kind === 'var'
      ? boundNames(node)
      : [];
  return [...own, ...childrenOf(node).flatMap(nestedVars)];
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
