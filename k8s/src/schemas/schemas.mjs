// Writes a strict JSON Schema of each kind in kinds.ts to ../test/resources/schemas: types, required
// fields and enumerations as the published models have them, and no other fields. Run by
// `npm install && npm run schemas` in this folder; a new kind needs a line in kinds.ts.
import fs from "node:fs";
import { createGenerator } from "ts-json-schema-generator";

const out = new URL("../test/resources/schemas/", import.meta.url).pathname;
const kinds = [...fs.readFileSync("kinds.ts", "utf8").matchAll(/export type \{ I(\w+) \}/g)];
for (const [, kind] of kinds) {
  const schema = createGenerator({
    path: "kinds.ts",
    tsconfig: "tsconfig.json",
    type: `I${kind}`,
    skipTypeCheck: true,
    jsDoc: "none",
    additionalProperties: false,
  }).createSchema(`I${kind}`);
  const lines = Object.entries(schema.definitions)
    .map(([name, definition]) => `    ${JSON.stringify(name)}: ${JSON.stringify(definition)}`)
    .join(",\n");
  fs.writeFileSync(
    `${out}${kind}.json`,
    `{\n  "$schema": "${schema.$schema}",\n  "$ref": "${schema.$ref}",\n  "definitions": {\n${lines}\n  }\n}\n`,
  );
}
console.log(`${kinds.length} kinds are in ${out}`);
