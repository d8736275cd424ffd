/**
 * TypeScript at the prompt, where the runtime can erase types (Node 22.13 and later). Erasing keeps every other
 * character where it was, so positions in errors stay right; nothing checks the types.
 */
import * as nodeModule from 'node:module';
import { text, type Text } from '../bytes/index.ts';

export type Stripped =
  | { readonly outcome: 'stripped'; readonly source: string }
  | { readonly outcome: 'invalid'; readonly reason: string }
  | { readonly outcome: 'unsupported'; readonly hint: Text };

type Strip = (source: string) => string;

// Not in the Node 20 that users may have; the namespace import keeps the name from being a load error there.
const strip = (nodeModule as { stripTypeScriptTypes?: Strip }).stripTypeScriptTypes;

export const canStripTypes = strip !== undefined;

export function stripTypes(source: string): Stripped {
  if (strip === undefined) {
    return {
      outcome: 'unsupported',
      hint: text(
        `TypeScript can be typed on Node 22.13 and later; this is Node ${process.versions.node}. Leave the types out.`,
        `输入 TypeScript 需要 Node 22.13 以上；这里是 Node ${process.versions.node}。请去掉类型。`,
      ),
    };
  }
  try {
    return { outcome: 'stripped', source: withoutWarning(() => strip(source)) };
  } catch (problem) {
    return { outcome: 'invalid', reason: problem instanceof Error ? problem.message : String(problem) };
  }
}

/** Does it read like TypeScript? Only decides which of two error texts helps; nothing is run by it. */
export function looksLikeTypeScript(source: string): boolean {
  return /\b(?:interface|type|enum|namespace|declare|satisfies|as)\s+\w|[\w)\]]\??\s*:\s*[A-Za-z{[(]|\w<\w+>\(/.test(
    source,
  );
}

let warned = false;

/** The first call warns that the function is experimental; that is our choice and not the user's concern. */
function withoutWarning<T>(run: () => T): T {
  if (warned) return run();
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
    warned = true;
  }
}
