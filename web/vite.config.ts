import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev` finds the server. */
const server = process.env["MOCKLY_URL"] ?? "http://localhost:8080";

const proxy = {
  "/api": server,
  "/api-docs": server,
  "/healthz": server,
  "/readyz": server,
  "/swagger-ui": server,
  "/ws": { target: server, ws: true },
};

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: { "@mockly/client": folder("./packages/client/src/index.ts"), "@": folder("./src") },
  },
  build: {
    // dist/ holds a .gitignore of its own, so that the folder exists in every checkout; scripts/finish.mjs clears the rest.
    emptyOutDir: false,
    manifest: true,
    sourcemap: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  server: { port: 5173, proxy },
  preview: { port: 4173, proxy },
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}", "packages/**/*.test.ts"],
  },
});
