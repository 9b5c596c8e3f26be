/**
 * A plugin of Stryker: the words of messages are not changed. How an error, a problem or a schema is worded is no
 * behaviour, and a test that held it word for word would only be a copy. Codes stay (they are promised), and so does
 * a text that something is compared with.
 */
const messages =
  /(^|\.)(GLIMPSE_\w+|\w*Error|on\w*Problem|warn|log|assert|invalid|unclear|undecided|severalInside|refuse|mismatch|tooLarge|tooExpanding)$/;
const wordFields = new Set(['description', 'title', 'advice']);

export const strykerPlugins = [
  { kind: 'Ignore', name: 'wording', value: { shouldIgnore: (path) => reasonFor(path) } },
];

/** The reason when the place is the wording of a message. */
function reasonFor(path) {
  if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
  if (path.isStringLiteral() && path.node.value.startsWith('GLIMPSE_')) return undefined;
  for (
    let child = path, parent = path.parentPath;
    parent;
    child = parent, parent = parent.parentPath
  ) {
    if (parent.isFunction() || parent.isStatement() || parent.isClassProperty()) return undefined;
    if (parent.isBinaryExpression() && parent.node.operator !== '+') return undefined;
    if (parent.isObjectProperty() && wordFields.has(parent.node.key.name))
      return 'words of a schema, or advice';
    const isArgument = child.listKey === 'arguments';
    if (isArgument && isWording(child, nameOf(parent.node.callee))) return 'words of a message';
  }
  return undefined;
}

/** Whether a callee says this argument. `undecided` is first told which setting would decide, which is no wording. */
function isWording(argument, callee) {
  return messages.test(callee) && !(callee === 'undecided' && argument.key === 0);
}

/** `errors.GLIMPSE_X`, `onProblem`: a callee as it is written. */
function nameOf(callee) {
  if (callee.type === 'Identifier') return callee.name;
  const isMember = callee.type.endsWith('MemberExpression');
  return isMember ? `${nameOf(callee.object)}.${callee.property.name}` : '';
}
