import { parseAst } from 'rolldown/parseAst'

export interface ImportFact {
  specifier: string
  /** False where nothing is left of it at run time (`import type`, only `type` names, a type's `import()`). */
  isValue: boolean
}

/** What the rules over the rooms look at in one source file. */
export interface ModuleFacts {
  imports: ImportFact[]
  exports: string[]
  /** Uses of a global's member, as `process.exit` or `console.log`; a global used whole is `process.*`. */
  globals: string[]
}

const WATCHED_GLOBALS = ['process', 'console', 'Buffer', 'setImmediate', '__dirname']

type Node = { type: string; [key: string]: unknown }

/** Parses a TypeScript source; comments and strings are not mistaken for code. */
export function readModuleFacts(source: string): ModuleFacts {
  const facts: ModuleFacts = { imports: [], exports: [], globals: [] }
  visit(parseAst(source, { lang: 'ts' }), (node, parent) => {
    collectImport(node, facts)
    collectExports(node, facts)
    collectGlobals(node, parent, facts)
  })
  return facts
}

function collectImport(node: Node, { imports }: ModuleFacts): void {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      const specifier = literal(node['source'])
      if (specifier !== undefined) imports.push({ specifier, isValue: !isTypeOnly(node) })
      return
    }
    case 'ImportExpression':
      imports.push({ specifier: literal(node['source']) ?? '(computed)', isValue: true })
      return
    case 'TSImportType':
      imports.push({ specifier: literal(node['source']) ?? '(computed)', isValue: false })
      return
    case 'CallExpression': {
      const [argument] = asNodes(node['arguments'])
      const isRequire = isNode(node['callee']) && node['callee']['name'] === 'require'
      if (isRequire) imports.push({ specifier: literal(argument) ?? '(computed)', isValue: true })
    }
  }
}

function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true
  const specifiers = asNodes(node['specifiers'])
  return (
    specifiers.length > 0 &&
    specifiers.every((specifier) => specifier['importKind'] === 'type' || specifier['exportKind'] === 'type')
  )
}

function collectExports(node: Node, { exports }: ModuleFacts): void {
  if (node.type !== 'ExportNamedDeclaration') return
  const declaration = node['declaration']
  if (isNode(declaration)) {
    for (const declared of [declaration, ...asNodes(declaration['declarations'])]) {
      if (isNode(declared['id'])) exports.push(String(declared['id']['name']))
    }
  }
  for (const specifier of asNodes(node['specifiers'])) {
    if (isNode(specifier['exported'])) exports.push(String(specifier['exported']['name']))
  }
}

function collectGlobals(node: Node, parent: Node | undefined, facts: ModuleFacts): void {
  if (node.type !== 'Identifier' || !WATCHED_GLOBALS.includes(String(node['name']))) return
  if (parent === undefined || isOnlyAName(node, parent)) return
  const name = String(node['name'])
  facts.globals.push(`${name}.${memberName(parent) ?? '*'}`)
}

function memberName(parent: Node): string | undefined {
  if (parent.type !== 'MemberExpression' || parent['computed'] === true) return undefined
  const property = parent['property']
  return isNode(property) && typeof property['name'] === 'string' ? property['name'] : undefined
}

/** `options.process`, `{ process: 1 }` and declarations name something of their own. */
function isOnlyAName(node: Node, parent: Node): boolean {
  if (parent.type === 'MemberExpression') return parent['property'] === node && parent['computed'] !== true
  if (parent.type === 'Property') return parent['key'] === node && parent['shorthand'] !== true
  return (
    parent['key'] === node || parent['id'] === node || parent['imported'] === node || parent['label'] === node
  )
}

function visit(root: unknown, enter: (node: Node, parent: Node | undefined) => void): void {
  const walk = (value: unknown, parent: Node | undefined): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, parent)
    } else if (isNode(value)) {
      enter(value, parent)
      for (const child of Object.values(value)) walk(child, value)
    }
  }
  walk(root, undefined)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function asNodes(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter((item) => isNode(item)) : []
}

function literal(value: unknown): string | undefined {
  return isNode(value) && typeof value['value'] === 'string' ? value['value'] : undefined
}
