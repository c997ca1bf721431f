import type { AnyNode, Class, Function as FunctionNode, Identifier, ImportExpression, Pattern } from "acorn";

/** A construct that means something only where the function was written. */
export interface Bound {
  readonly what: "this" | "super" | "new.target" | "import.meta" | "import()";
  readonly node: AnyNode;
}

export interface Analysis {
  /** Every use of a variable that the function does not declare, in the order of the text. */
  readonly free: readonly Identifier[];
  readonly bound: readonly Bound[];
  readonly imports: readonly ImportExpression[];
}

/**
 * One scope. What is used in it and not declared moves to the parent when the scope is left. By then every declaration of
 * this scope has been seen, so that hoisting needs no pass of its own.
 */
class Scope {
  readonly names = new Set<string>();
  uses: Identifier[] = [];
  readonly parent: Scope | undefined;
  /** Where `var` declares. */
  readonly hoist: Scope;

  constructor(parent: Scope | undefined, hoist?: Scope) {
    this.parent = parent;
    this.hoist = hoist ?? this;
  }

  leave(): void {
    for (const use of this.uses) {
      if (!this.names.has(use.name)) this.parent?.uses.push(use);
    }
  }
}

/** Finds what `root` needs from the place where it was written. Text is read as strict mode code. */
export function analyse(root: FunctionNode): Analysis {
  const analyser = new Analyser();
  const outside = new Scope(undefined);
  analyser.named(root.id, outside, (inner) => analyser.function(root, inner, false));
  return { free: outside.uses.sort((a, b) => a.start - b.start), bound: analyser.bound, imports: analyser.imports };
}

/** `home`: `this`, `super` and `new.target` belong to something inside the analysed function. */
class Analyser {
  readonly bound: Bound[] = [];
  readonly imports: ImportExpression[] = [];

  visit(node: AnyNode, scope: Scope, home: boolean): void {
    switch (node.type) {
      case "Identifier":
        scope.uses.push(node);
        return;
      case "FunctionDeclaration":
        if (node.id) scope.names.add(node.id.name);
        return this.function(node, scope, true);
      case "FunctionExpression":
        return this.named(node.id, scope, (inner) => this.function(node, inner, true));
      case "ArrowFunctionExpression":
        return this.function(node, scope, home);
      case "ClassDeclaration":
        if (node.id) scope.names.add(node.id.name);
        return this.named(node.id, scope, (inner) => this.class(node, inner, home));
      case "ClassExpression":
        return this.named(node.id, scope, (inner) => this.class(node, inner, home));
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          this.bind(id, node.kind === "var" ? scope.hoist : scope, scope, home);
          if (init) this.visit(init, scope, home);
        }
        return;
      case "BlockStatement":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.block(scope, (inner) => this.children(node, inner, home));
      case "SwitchStatement":
        this.visit(node.discriminant, scope, home);
        return this.block(scope, (inner) => {
          for (const branch of node.cases) this.visit(branch, inner, home);
        });
      case "CatchClause":
        return this.block(scope, (inner) => {
          if (node.param) this.bind(node.param, inner, inner, home);
          this.visit(node.body, inner, home);
        });
      case "LabeledStatement":
        return this.visit(node.body, scope, home);
      case "BreakStatement":
      case "ContinueStatement":
      case "PrivateIdentifier":
        return;
      case "MemberExpression":
        this.visit(node.object, scope, home);
        if (node.computed) this.visit(node.property, scope, home);
        return;
      case "Property":
        if (node.computed) this.visit(node.key, scope, home);
        return this.visit(node.value, scope, home);
      case "ThisExpression":
        if (!home) this.bound.push({ what: "this", node });
        return;
      case "Super":
        if (!home) this.bound.push({ what: "super", node });
        return;
      case "MetaProperty":
        if (node.meta.name === "import") this.bound.push({ what: "import.meta", node });
        else if (!home) this.bound.push({ what: "new.target", node });
        return;
      case "ImportExpression":
        this.imports.push(node);
        return this.children(node, scope, home);
      default:
        this.children(node, scope, home);
    }
  }

  // Parameters and body are two scopes: a default value does not see the body's variables.
  function(node: FunctionNode, scope: Scope, home: boolean): void {
    const params = new Scope(scope);
    if (node.type !== "ArrowFunctionExpression") params.names.add("arguments");
    for (const param of node.params) this.bind(param, params, params, home);
    if (node.body.type === "BlockStatement") {
      const body = new Scope(params);
      this.children(node.body, body, home);
      body.leave();
    } else {
      this.visit(node.body, params, home);
    }
    params.leave();
  }

  private class(node: Class, scope: Scope, home: boolean): void {
    if (node.superClass) this.visit(node.superClass, scope, home);
    for (const element of node.body.body) {
      if (element.type === "StaticBlock") {
        const body = new Scope(scope);
        this.children(element, body, true);
        body.leave();
        continue;
      }
      if (element.computed) this.visit(element.key, scope, home);
      if (element.value) this.visit(element.value, scope, true);
    }
  }

  /** Declares the names of a binding pattern in `target`; its default values and computed keys are read in `scope`. */
  private bind(pattern: Pattern, target: Scope, scope: Scope, home: boolean): void {
    switch (pattern.type) {
      case "Identifier":
        target.names.add(pattern.name);
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "Property" && property.computed) this.visit(property.key, scope, home);
          this.bind(property.type === "Property" ? property.value : property.argument, target, scope, home);
        }
        return;
      case "ArrayPattern":
        for (const element of pattern.elements) if (element) this.bind(element, target, scope, home);
        return;
      case "AssignmentPattern":
        this.bind(pattern.left, target, scope, home);
        return this.visit(pattern.right, scope, home);
      case "RestElement":
        return this.bind(pattern.argument, target, scope, home);
      default:
        return this.visit(pattern, scope, home);
    }
  }

  named(id: Identifier | null | undefined, scope: Scope, visit: (inner: Scope) => void): void {
    this.block(scope, (inner) => {
      if (id) inner.names.add(id.name);
      visit(inner);
    });
  }

  private block(scope: Scope, visit: (inner: Scope) => void): void {
    const inner = new Scope(scope, scope.hoist);
    visit(inner);
    inner.leave();
  }

  private children(node: AnyNode, scope: Scope, home: boolean): void {
    for (const value of Object.values(node) as unknown[]) {
      if (Array.isArray(value)) {
        for (const item of value) if (isNode(item)) this.visit(item, scope, home);
      } else if (isNode(value)) {
        this.visit(value, scope, home);
      }
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as AnyNode).type === "string";
}
