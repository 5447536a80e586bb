// Fails where packages/client/src/schema.d.ts is not what `npm run gen` would write.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "mockly-schema-"));
try {
  const fresh = join(folder, "schema.d.ts");
  execFileSync("npx", ["openapi-typescript", "../docs/openapi.json", "--output", fresh], { stdio: "pipe" });
  if (readFileSync(fresh, "utf8") !== readFileSync("packages/client/src/schema.d.ts", "utf8")) {
    console.error("packages/client/src/schema.d.ts is stale: run `npm run gen` in web/ and commit it");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
