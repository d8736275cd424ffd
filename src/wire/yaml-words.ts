import { text, type Text } from '../bytes/index.ts';

/** What the YAML parser says of the slips that people make, by how its sentence begins; a rare one stays English. */
const REASONS: readonly (readonly [string, string])[] = [
  ['duplicated mapping key', '同一个键出现了两次'],
  ['bad indentation of a mapping entry', '映射条目（键: 值）的缩进不对'],
  ['bad indentation of a sequence entry', '列表项的缩进不对'],
  ['deficient indentation', '缩进不够'],
  ['tab characters must not be used in indentation', '缩进不能使用制表符（Tab）'],
  ["expected ':' after a mapping key", '键之后应有冒号“:”'],
  ['a whitespace character is expected after the key-value separator', '冒号之后应有空格'],
  ['can not read a block mapping entry', '读不出“键: 值”；键不能跨多行'],
  ['missed comma between flow collection entries', '{ } 或 [ ] 的各项之间缺少逗号'],
  ['expected the node content', '这里应有一个值'],
  ['unexpected end of the stream within a flow collection', '文件结束时 { 或 [ 还没有闭合'],
  ['unexpected end of the stream within a single quoted scalar', '文件结束时单引号还没有闭合'],
  ['unexpected end of the stream within a double quoted scalar', '文件结束时双引号还没有闭合'],
  ['unexpected end of the document within a', '引号没有闭合'],
  ['unknown escape sequence', '未知的转义序列'],
  ['expected hexadecimal character', '这里应有十六进制数字'],
  ['end of the stream or a document separator is expected', '文档到这里应已结束'],
  ['the stream contains non-printable characters', '文件含有不可打印的字符'],
  ['nesting exceeded maxDepth', '嵌套层数超过上限'],
  ['unidentified alias', '不能使用别名（*）'],
  ['aliases exceeded', '别名（*）的个数超过上限'],
  ['expected a document, but the input is empty', '文件是空的'],
];

export function yamlWords(reason: string): Text {
  const found = REASONS.find(([beginning]) => reason.startsWith(beginning));
  if (found === undefined) return text(reason, `YAML 语法错误：${reason}`);
  const [, limit] = /\((\d+)\)$/.exec(reason) ?? [];
  return text(reason, limit === undefined ? found[1] : `${found[1]}（${limit}）`);
}
