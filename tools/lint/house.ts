import { dirname, relative, resolve, sep } from "node:path";

/**
 * Rules of this house that no linter brings along (see CONTRIBUTING.md), loaded by oxlint through `jsPlugins`.
 * Only as much of the syntax tree is typed as is read here.
 */
interface Tree {
  readonly type: string;
  readonly kind?: string;
  readonly init?: Tree | null;
  readonly callee?: { readonly name?: string };
  readonly arguments?: readonly unknown[];
  readonly elements?: readonly unknown[];
  readonly properties?: readonly unknown[];
  readonly declarations?: readonly Tree[];
  readonly source?: { readonly value?: unknown } | null;
}

interface Context {
  readonly cwd: string;
  readonly filename: string;
  readonly options: readonly unknown[];
  report(problem: { node: Tree; message: string }): void;
}

const COLLECTIONS = new Set(["Map", "Set", "WeakMap", "WeakSet"]);

/** A collection that starts empty is there to be filled later: it is state, whatever its keyword says. */
function startsEmpty(value: Tree | null | undefined): boolean {
  if (value?.type === "NewExpression") {
    return COLLECTIONS.has(value.callee?.name ?? "") && value.arguments?.length === 0;
  }
  if (value?.type === "ArrayExpression") return value.elements?.length === 0;
  return value?.type === "ObjectExpression" && value.properties?.length === 0;
}

const noModuleState = {
  create(context: Context) {
    const check = (node: Tree): void => {
      if (node.kind === "const" && !node.declarations?.some(({ init }) => startsEmpty(init))) return;
      context.report({ node, message: "Module-level mutable state: give it an owner and pass it as an argument." });
    };
    return {
      "Program > VariableDeclaration": check,
      "Program > ExportNamedDeclaration > VariableDeclaration": check,
    };
  },
};

/** Calls `check` for each import and re-export whose source is a text, static or dynamic. */
function eachImport(check: (node: Tree, from: string) => void) {
  const visit = (node: Tree): void => {
    if (typeof node.source?.value === "string") check(node, node.source.value);
  };
  return {
    ImportDeclaration: visit,
    ImportExpression: visit,
    ExportAllDeclaration: visit,
    ExportNamedDeclaration: visit,
  };
}

const noReExport = {
  create(context: Context) {
    return eachImport((node) => {
      if (!node.type.startsWith("Export")) return;
      context.report({ node, message: "A re-export outside src/index.ts: import from the file itself." });
    });
  },
};

const tsImports = {
  create(context: Context) {
    return eachImport((node, from) => {
      if (!from.startsWith(".") || /\.(ts|json)$/.test(from)) return;
      context.report({ node, message: `"${from}" must end in .ts: src runs unbuilt, so imports name the real file.` });
    });
  },
};

/** Which room may import which: a room is a folder of src or a file beside the folders, a right is a room or a file. */
type Rooms = Readonly<Record<string, readonly string[]>>;

const rooms = {
  meta: { schema: [{ type: "object" }] },
  create(context: Context) {
    const src = resolve(context.cwd, "src");
    const inSrc = (path: string): string => relative(src, path).split(sep).join("/");
    const [room = ""] = inSrc(context.filename).split("/");
    const rights = (context.options[0] as Rooms | undefined)?.[room];

    const mayImport = (target: string): boolean => {
      const [targetRoom = ""] = target.split("/");
      return targetRoom === room || rights?.includes(targetRoom) === true || rights?.includes(target) === true;
    };
    return {
      Program(node: Tree) {
        if (!rights)
          context.report({ node, message: `Room ${room} is new: say in .oxlintrc.json what it may import.` });
      },
      ...eachImport((node, from) => {
        if (!rights || !from.startsWith(".")) return;
        const target = inSrc(resolve(dirname(context.filename), from));
        if (mayImport(target)) return;
        const allowed = rights.length > 0 ? `only ${rights.join(", ")}` : "nothing";
        context.report({ node, message: `${room} must not import ${target}: outside itself it imports ${allowed}.` });
      }),
    };
  },
};

export default {
  meta: { name: "house" },
  rules: { "no-module-state": noModuleState, "no-re-export": noReExport, "ts-imports": tsImports, rooms },
};
