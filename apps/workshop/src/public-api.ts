import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../../..");
const sourceCondition = "@eventstream-kit/source";

/** A published package. */
export interface PublishedPackage {
  readonly name: string;
  readonly folder: string;
  /** How people import it, such as `@eventstream-kit/codec/lambda`, and the source file behind. */
  readonly entryPoints: ReadonlyMap<string, string>;
  /** Where its snapshot is. */
  readonly snapshot: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

export function publishedPackages(): readonly PublishedPackage[] {
  const folders = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((folder) => join(root, parent, folder)),
  );
  const packages: PublishedPackage[] = [];
  for (const folder of folders) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const { name, private: isPrivate, exports = {} } = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    if (isPrivate) continue;
    const entryPoints = new Map<string, string>();
    for (const [subpath, target] of Object.entries(exports)) {
      const source = typeof target === "string" ? undefined : target[sourceCondition];
      if (source !== undefined) entryPoints.set(join(name, subpath), join(folder, source));
    }
    const snapshot = join(root, "apps/workshop/api", `${name.split("/").at(-1)}.txt`);
    packages.push({ name, folder, entryPoints, snapshot });
  }
  return packages;
}

/**
 * The public API of each package as text: for every entry point the declarations behind its exports, as TypeScript
 * writes them into a `.d.ts` file, without comments and private members.
 */
export function describeApi(packages: readonly PublishedPackage[]): ReadonlyMap<PublishedPackage, string> {
  const entryPoints = new Map(packages.flatMap((found) => [...found.entryPoints]));
  const program = programOfDeclarations(entryPoints);
  const described = new Map<PublishedPackage, string>();
  for (const found of packages) {
    const describer = new Describer(program, found.folder);
    const sections = [...found.entryPoints].map(
      ([specifier, file]) => `// ${specifier}\n\n${describer.exportsOf(file)}`,
    );
    described.set(found, [...sections, ...describer.unexported()].join("\n"));
  }
  return described;
}

// TypeScript 6, whose programming interface the next one does not have yet.
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"].map((name) => `lib.${name}.d.ts`),
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  customConditions: [sourceCondition],
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  noCheck: true,
  skipLibCheck: true,
};

/** The sources as a program of declaration files, which exist in memory only, beside the sources. */
function programOfDeclarations(entryPoints: ReadonlyMap<string, string>): ts.Program {
  const emitted = new Map<string, string>();
  const emit = { declaration: true, emitDeclarationOnly: true, removeComments: true };
  const sources = [...entryPoints.values()];
  ts.createProgram(sources, { ...options, ...emit }).emit(undefined, (file, text) => emitted.set(resolve(file), text));

  const host = ts.createCompilerHost(options);
  const disk = { ...host };
  // A source hides behind its declarations.
  host.fileExists = (file) =>
    emitted.has(resolve(file)) || (!emitted.has(declarationFile(resolve(file))) && disk.fileExists(file));
  host.readFile = (file) => emitted.get(resolve(file)) ?? disk.readFile(file);
  host.getSourceFile = (file, version, ...more) => {
    const text = emitted.get(resolve(file));
    if (text !== undefined) return ts.createSourceFile(file, text, version, true);
    return disk.getSourceFile(file, version, ...more);
  };
  const paths: Record<string, string[]> = {};
  for (const [specifier, file] of entryPoints) paths[specifier] = [declarationFile(file)];
  return ts.createProgram(sources.map(declarationFile), { ...options, paths }, host);
}

function declarationFile(source: string): string {
  return source.replace(/(?<!\.d)\.ts$/, ".d.ts");
}

const printer = ts.createPrinter({ removeComments: true });

/** Describes the exports of one package, and remembers what they refer to. */
class Describer {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #sources: string;
  readonly #described = new Set<ts.Symbol>();
  readonly #mentioned = new Set<ts.Symbol>();

  constructor(program: ts.Program, folder: string) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#sources = join(folder, "src/");
  }

  exportsOf(source: string): string {
    const module = this.#checker.getSymbolAtLocation(this.#program.getSourceFile(declarationFile(source))!);
    return this.#sorted(
      this.#checker.getExportsOfModule(module!).map((exported) => this.#describe(exported, exported.name)),
    );
  }

  /** Types that have no name outside, but are part of what has one. */
  unexported(): readonly string[] {
    const texts: string[] = [];
    // Describing one may mention another.
    for (const symbol of this.#mentioned) {
      if (!this.#described.has(symbol)) texts.push(this.#describe(symbol, symbol.name));
    }
    return texts.length === 0 ? [] : [`// not exported, but mentioned above\n\n${this.#sorted(texts)}`];
  }

  #sorted(texts: readonly string[]): string {
    return texts.toSorted().join("\n");
  }

  #describe(found: ts.Symbol, name: string): string {
    const symbol = this.#resolved(found);
    this.#described.add(symbol);
    const texts = (symbol.declarations ?? []).map((declaration) => {
      const file = declaration.getSourceFile();
      if (!this.#isOwn(declaration)) {
        return `${name}: ${symbol.name} of ${packageOf(file.fileName)}`;
      }
      const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const shown = withoutPrivates(statement);
      this.#mention(shown);
      return printer.printNode(ts.EmitHint.Unspecified, shown, file);
    });
    const text = [...new Set(texts)].join("\n").replaceAll(/^export (?:declare )?(?:default )?/gm, "");
    return this.#isOwn(symbol.declarations![0]!) && name !== symbol.name ? `// as ${name}\n${text}\n` : `${text}\n`;
  }

  #mention(node: ts.Node): void {
    if (ts.isIdentifier(node) && node.pos >= 0) {
      const symbol = this.#checker.getSymbolAtLocation(node);
      const target = symbol && this.#resolved(symbol);
      const [declaration] = target?.declarations ?? [];
      if (target && declaration && ts.isSourceFile(declaration.parent) && this.#isOwn(declaration)) {
        this.#mentioned.add(target);
      }
    }
    ts.forEachChild(node, (child) => this.#mention(child));
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #isOwn(declaration: ts.Declaration): boolean {
    return resolve(declaration.getSourceFile().fileName).startsWith(this.#sources);
  }
}

/** Whose file it is: a package's name, or a folder of the project. */
function packageOf(file: string): string {
  const path = relative(root, file);
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split("/").slice(0, 2).join("/");
}

function isHidden(member: ts.ClassElement): boolean {
  return (
    (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0 ||
    (member.name !== undefined && ts.isPrivateIdentifier(member.name))
  );
}

function withoutPrivates(node: ts.Node): ts.Node {
  if (!ts.isClassDeclaration(node)) return node;
  const { modifiers, name, typeParameters, heritageClauses } = node;
  const members = node.members.filter((member) => !isHidden(member));
  return ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members);
}
