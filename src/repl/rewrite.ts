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
  /** How many columns the code's first line is to the right of the source's: for positions in stacks. */
  readonly shift: number;
}

export function rewrite(statement: Statement, source: string): Rewritten {
  const text = source.slice(statement.start, statement.end);
  const at = (node: { start: number; end: number }): string => source.slice(node.start, node.end);
  switch (statement.type) {
    case 'ExpressionStatement': {
      const { expression } = statement;
      // An assignment is not waited for: `p = time()` is how one keeps a promise.
      const quiet = expression.type === 'AssignmentExpression' || expression.type === 'UpdateExpression';
      const lead = quiet ? 'return { value: (' : 'return { value: await (';
      const names = expression.type === 'AssignmentExpression' ? boundNames(expression.left) : [];
      return {
        code: `${lead}${at(expression)}) };`,
        names,
        result: quiet ? 'quiet' : 'value',
        shift: lead.length,
      };
    }
    case 'VariableDeclaration': {
      const assignments = statement.declarations.map((one) => {
        if (one.init) return `(${at(one.id)} = ${at(one.init)})`;
        // `var x;` keeps what x was, `let x;` does not.
        return statement.kind === 'var' ? 'void 0' : `(${at(one.id)} = undefined)`;
      });
      return {
        code: `${assignments.join(', ')};`,
        names: boundNames(statement),
        result: 'none',
        shift: statement.start - (statement.declarations[0]?.start ?? statement.start) + 1,
      };
    }
    case 'FunctionDeclaration':
    case 'ClassDeclaration': {
      const { name } = statement.id;
      return { code: `(${name} = ${text});`, names: [name], result: 'none', shift: name.length + 4 };
    }
    case 'ImportDeclaration': {
      const from = `await import(${at(statement.source)})`;
      const whole = statement.specifiers.find((one) => one.type === 'ImportNamespaceSpecifier');
      if (whole) {
        const { name } = whole.local;
        return { code: `(${name} = ${from});`, names: [name], result: 'none', shift: 0 };
      }
      const parts = statement.specifiers.map((one) => {
        const imported = one.type === 'ImportSpecifier' ? at(one.imported) : 'default';
        return `${imported}: ${one.local.name}`;
      });
      const names = statement.specifiers.map((one) => one.local.name);
      return { code: `({ ${parts.join(', ')} } = ${from});`, names, result: 'none', shift: 0 };
    }
    default:
      // A nested `var` is the scope's: `with` makes its assignment go there once the name is there.
      return { code: text, names: nestedVars(statement), result: 'none', shift: 0 };
  }
}

/**
 * May the synchronous part of a statement take long? Not if it has no loop and calls nothing but what `quick` says
 * returns at once. What is inside a function counts too: somebody may call it.
 */
export function mayTakeLong(node: Node, quick: (name: string) => boolean): boolean {
  if (/^(For|While|DoWhile)/.test(node.type)) return true;
  if (node.type === 'TaggedTemplateExpression' || node.type === 'NewExpression') return true;
  if (node.type === 'CallExpression') {
    const { callee } = node as Node & { callee: Node & { name?: string } };
    if (callee.type !== 'Identifier' || callee.name === undefined || !quick(callee.name)) return true;
  }
  return childrenOf(node).some((child) => mayTakeLong(child, quick));
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

/** The nodes right below one. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
