/**
 * A typedoc plugin: calls each module what users import, `@eventstream-kit/codec/lambda`, where typedoc has the path of
 * its source, `packages/codec/src/lambda`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Converter, ReflectionKind } from "typedoc";

const root = new URL("../", import.meta.url);

/** The package's name, with the subpath that its `exports` give the file. */
function specifier(path) {
  const [folder, file = "/index"] = path.split(/\/src(?=\/|$)/);
  const { name, exports } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), "utf8"));
  const source = `./src${file || "/index"}.ts`;
  const entry = Object.entries(exports).find(([, target]) => target["@eventstream-kit/source"] === source);
  if (entry === undefined) throw new Error(`Naming the modules: ${name} does not export ${source}`);
  return join(name, entry[0]);
}

/** Called by typedoc with the application. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) module.name = specifier(module.name);
  });
}
